-- As whoever makes the rule: CREATE TRIGGER asks for the table's owner again. It waits for writers of the table, and others would wait behind it.
CREATE OR REPLACE FUNCTION reward_outbox.attach_watch_rule() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET lock_timeout = '10s' AS $$
DECLARE
  t record;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    FOR t IN SELECT g.tgname FROM pg_trigger g JOIN reward_outbox.watch_triggers(OLD) w ON w.trigger_name = g.tgname
             WHERE g.tgrelid = OLD.watched AND (OLD.watched <> NEW.watched OR w.trigger_name NOT IN (SELECT n.trigger_name FROM reward_outbox.watch_triggers(NEW) n)) LOOP
      EXECUTE format('DROP TRIGGER %I ON %s', t.tgname, OLD.watched);
    END LOOP;
  END IF;
  FOR t IN SELECT * FROM reward_outbox.watch_triggers(NEW) LOOP
    EXECUTE format('CREATE OR REPLACE TRIGGER %I %s', t.trigger_name, t.ddl);
  END LOOP;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION reward_outbox.attach_watch_rule() IS 'Part of watch_rules: makes a rule''s triggers.';
CREATE OR REPLACE TRIGGER c_attach AFTER INSERT OR UPDATE ON reward_outbox.watch_rules FOR EACH ROW EXECUTE FUNCTION reward_outbox.attach_watch_rule();
