-- Runs as the schema's owner. The function belongs to reward_outbox_capture, which may make nothing in this schema by itself.
CREATE OR REPLACE FUNCTION reward_outbox.compile_watch_rule() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  LOCK TABLE reward_outbox.rule_turn IN SHARE UPDATE EXCLUSIVE MODE;
  IF TG_OP = 'DELETE' THEN
    EXECUTE format('DROP FUNCTION IF EXISTS reward_outbox.%I()', 'watch_' || OLD.name);
    RETURN NULL;
  END IF;
  GRANT CREATE ON SCHEMA reward_outbox TO reward_outbox_capture;
  EXECUTE format('CREATE OR REPLACE FUNCTION reward_outbox.%I() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS %L',
    'watch_' || NEW.name, reward_outbox.watch_body(NEW));
  EXECUTE format('ALTER FUNCTION reward_outbox.%I() OWNER TO reward_outbox_capture', 'watch_' || NEW.name);
  REVOKE CREATE ON SCHEMA reward_outbox FROM reward_outbox_capture;
  -- With the right to execute it, anybody could hang it on a table of their own and have it emit what they like.
  EXECUTE format('REVOKE ALL ON FUNCTION reward_outbox.%I() FROM PUBLIC', 'watch_' || NEW.name);
  EXECUTE format('GRANT EXECUTE ON FUNCTION reward_outbox.%I() TO %I', 'watch_' || NEW.name, NEW.changed_by);
  EXECUTE format('COMMENT ON FUNCTION reward_outbox.%I() IS %L', 'watch_' || NEW.name, 'Rule ' || NEW.name || ' of reward_outbox.watches.');
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION reward_outbox.compile_watch_rule() IS 'Part of watch_rules: makes a rule''s function.';
CREATE OR REPLACE TRIGGER b_compile AFTER INSERT OR UPDATE OR DELETE ON reward_outbox.watch_rules FOR EACH ROW EXECUTE FUNCTION reward_outbox.compile_watch_rule();
