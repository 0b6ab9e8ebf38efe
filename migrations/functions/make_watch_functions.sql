-- Runs as whoever makes the rule, and gives what it makes to the table's owner: that takes being a
-- member of that role. The texts are not looked into yet: f_try does that, with the owner's rights.
CREATE OR REPLACE FUNCTION reward_outbox.make_watch_functions() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET check_function_bodies = off AS $$
DECLARE
  owner        CONSTANT text := reward_outbox.watch_owner(NEW.watched);
  schema_owner CONSTANT text := (SELECT pg_get_userbyid(n.nspowner)
                                 FROM pg_namespace n
                                 WHERE n.nspname = 'reward_outbox');
  f record;
BEGIN
  FOR f IN SELECT * FROM reward_outbox.watch_functions(NEW) LOOP
    EXECUTE format('CREATE OR REPLACE FUNCTION %s RETURNS %s LANGUAGE plpgsql SECURITY DEFINER %s AS %L',
      f.declaration, f.result, reward_outbox.capture_settings(), f.body);
    EXECUTE format('COMMENT ON FUNCTION %s IS %L', f.signature, 'Rule ' || NEW.name
                   || ' of reward_outbox.watches.');
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', f.signature);
    IF f.for_replay AND schema_owner <> owner THEN
      EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', f.signature, schema_owner);
    END IF;
    EXECUTE format('ALTER FUNCTION %s OWNER TO %I', f.signature, owner);
  END LOOP;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION reward_outbox.make_watch_functions() IS 'Part of watch_rules: makes a rule''s functions.';
CREATE OR REPLACE TRIGGER c_make AFTER INSERT OR UPDATE ON reward_outbox.watch_rules
  FOR EACH ROW WHEN (NOT NEW.removed) EXECUTE FUNCTION reward_outbox.make_watch_functions();
