-- With the owner's rights, and nothing stays of it, whatever the expressions do to the session. What
-- PostgreSQL says about an expression is passed on as it is: only so does its position reach the reader.
CREATE OR REPLACE FUNCTION reward_outbox.try_watch_rule() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE format('SELECT FROM reward_outbox.%I(''check'')', 'try_' || NEW.name);
  RAISE EXCEPTION USING ERRCODE = 'RO009', MESSAGE = 'tried';
EXCEPTION WHEN SQLSTATE 'RO009' THEN
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION reward_outbox.try_watch_rule() IS
  'Part of watch_rules: refuses a rule that would not work.';
CREATE OR REPLACE TRIGGER e_try AFTER INSERT OR UPDATE ON reward_outbox.watch_rules
  FOR EACH ROW WHEN (NOT NEW.removed) EXECUTE FUNCTION reward_outbox.try_watch_rule();
