-- As whoever makes the rule: CREATE TRIGGER asks for the table's owner again.
CREATE OR REPLACE FUNCTION reward_outbox.attach_watch_rule() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  t record;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    FOR t IN SELECT p.table_name, p.trigger_name
    FROM reward_outbox.present_watch_triggers(OLD) p
    WHERE p.is_own
             EXCEPT SELECT w.table_name, w.trigger_name FROM reward_outbox.watch_triggers(NEW) w LOOP
      PERFORM reward_outbox.in_short_steps(format('DROP TRIGGER IF EXISTS %I ON %s', t.trigger_name,
                                                  t.table_name));
    END LOOP;
  END IF;
  IF NOT NEW.trial THEN
    FOR t IN SELECT * FROM reward_outbox.watch_triggers(NEW) LOOP
      PERFORM reward_outbox.in_short_steps(t.ddl);
    END LOOP;
  END IF;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION reward_outbox.attach_watch_rule() IS 'Part of watch_rules: makes a rule''s triggers.';
CREATE OR REPLACE TRIGGER f_attach AFTER INSERT OR UPDATE ON reward_outbox.watch_rules
  FOR EACH ROW WHEN (NOT NEW.removed) EXECUTE FUNCTION reward_outbox.attach_watch_rule();
