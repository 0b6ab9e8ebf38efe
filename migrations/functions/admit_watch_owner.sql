-- Runs as the schema's owner. For the next trigger, and for no code of anybody's, the
-- table's owner may make functions in this schema; one maker at a time.
CREATE OR REPLACE FUNCTION reward_outbox.admit_watch_owner() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  schema_owner CONSTANT name := current_user;
  maker        text;
  f            record;
BEGIN
  LOCK TABLE reward_outbox.rule_turn IN SHARE UPDATE EXCLUSIVE MODE;
  FOR maker IN SELECT DISTINCT m FROM unnest(ARRAY[NEW.changed_by, reward_outbox.watch_owner(NEW.watched)]) m
               WHERE m <> schema_owner LOOP
    EXECUTE format('GRANT USAGE, CREATE ON SCHEMA reward_outbox TO %I', maker);
  END LOOP;
  -- One that belongs to another role cannot be replaced: it goes, and its triggers with it.
  FOR f IN SELECT w.signature
  FROM reward_outbox.watch_functions(NEW) w
  JOIN pg_proc p ON p.oid = to_regprocedure(w.signature)
           WHERE pg_get_userbyid(p.proowner) <> reward_outbox.watch_owner(NEW.watched) LOOP
    PERFORM reward_outbox.in_short_steps(format('DROP FUNCTION %s CASCADE', f.signature));
  END LOOP;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION reward_outbox.admit_watch_owner() IS
  'Part of watch_rules: lets the table''s owner have functions in this schema.';
CREATE OR REPLACE TRIGGER b_admit AFTER INSERT OR UPDATE ON reward_outbox.watch_rules
  FOR EACH ROW WHEN (NOT NEW.removed) EXECUTE FUNCTION reward_outbox.admit_watch_owner();
