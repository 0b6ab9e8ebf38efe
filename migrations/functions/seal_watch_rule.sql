CREATE OR REPLACE FUNCTION reward_outbox.seal_watch_rule() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE format('REVOKE ALL ON FUNCTION reward_outbox.%I() FROM %I', 'watch_' || NEW.name, NEW.changed_by);
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION reward_outbox.seal_watch_rule() IS 'Part of watch_rules: nobody can hang a rule''s function on another table.';
CREATE OR REPLACE TRIGGER d_seal AFTER INSERT OR UPDATE ON reward_outbox.watch_rules FOR EACH ROW EXECUTE FUNCTION reward_outbox.seal_watch_rule();
