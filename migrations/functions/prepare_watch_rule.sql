-- Runs as whoever makes the rule, however they came to: this is where the right to do so is checked.
CREATE OR REPLACE FUNCTION reward_outbox.prepare_watch_rule() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  c record;
  t record;
BEGIN
  -- Has been checked when it was marked.
  IF TG_OP = 'DELETE' AND OLD.removed THEN
    RETURN OLD;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    NEW.removed := coalesce(NEW.removed, false) AND TG_OP = 'UPDATE';
  END IF;
  FOR c IN SELECT k.oid, k.oid::regclass AS name, k.relowner
           FROM pg_class k
           WHERE k.oid IN (CASE WHEN TG_OP <> 'INSERT' THEN OLD.watched END, CASE WHEN TG_OP <> 'DELETE'
             THEN NEW.watched END) LOOP
    IF NOT pg_has_role(current_user, c.relowner, 'USAGE') THEN
      RAISE EXCEPTION 'must be owner of table % to watch it', c.name
        USING ERRCODE = 'insufficient_privilege',
          HINT = 'A rule is code that runs whenever the table is written.';
    END IF;
    IF TG_OP = 'DELETE' OR NEW.removed THEN
      FOR t IN SELECT w.table_name, w.trigger_name
      FROM reward_outbox.present_watch_triggers(OLD) w
      WHERE w.is_own LOOP
        PERFORM reward_outbox.in_short_steps(format('DROP TRIGGER IF EXISTS %I ON %s', t.trigger_name,
                                                    t.table_name));
      END LOOP;
    END IF;
  END LOOP;
  IF TG_OP = 'DELETE' THEN
    RETURN OLD;
  END IF;
  IF NEW.removed THEN
    OLD.removed := true;
    RETURN OLD;
  END IF;
  IF TG_OP = 'UPDATE' AND NEW.name <> OLD.name THEN
    RAISE EXCEPTION 'a rule cannot be renamed: remove it and make a new one'
      USING ERRCODE = 'feature_not_supported';
  END IF;
  NEW := reward_outbox.checked_watch_rule(NEW);
  NEW.created_at := CASE TG_OP WHEN 'UPDATE' THEN OLD.created_at ELSE now() END;
  NEW.created_by := CASE TG_OP WHEN 'UPDATE' THEN OLD.created_by ELSE current_user END;
  NEW.changed_at := now();
  NEW.changed_by := current_user;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION reward_outbox.prepare_watch_rule() IS
  'Part of watch_rules: checks the rule and the right to make it.';
-- In the order of their names.
CREATE OR REPLACE TRIGGER a_prepare BEFORE INSERT OR UPDATE OR DELETE ON reward_outbox.watch_rules
  FOR EACH ROW EXECUTE FUNCTION reward_outbox.prepare_watch_rule();
