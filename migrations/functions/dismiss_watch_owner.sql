CREATE OR REPLACE FUNCTION reward_outbox.dismiss_watch_owner() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  schema_owner CONSTANT name := current_user;
  owner        CONSTANT text := reward_outbox.watch_owner(NEW.watched);
  maker        text;
BEGIN
  FOR maker IN SELECT DISTINCT m FROM unnest(ARRAY[NEW.changed_by, owner]) m WHERE m <> schema_owner LOOP
    EXECUTE format('REVOKE CREATE ON SCHEMA reward_outbox FROM %I', maker);
  END LOOP;
  IF owner <> schema_owner THEN
    EXECUTE format('GRANT SELECT ON reward_outbox.owned_watches, reward_outbox.own_functions, '
                   'reward_outbox.captured_keys TO %I', owner);
    EXECUTE format('GRANT INSERT ON reward_outbox.capture, reward_outbox.capture_errors TO %I', owner);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I',
                   concat_ws(', ', 'reward_outbox.no_key()', 'reward_outbox.count_miss()',
                             'reward_outbox.was_captured(text, text, text, text)',
      'reward_outbox.known_before(text, text[], text[], text[])',
      'reward_outbox.check_captured(reward_outbox.written_event)', 'reward_outbox.keeps_rows(text)',
      'reward_outbox.watch_key(text[], jsonb, jsonb)',
      'reward_outbox.kept_row(regclass, text)', 'reward_outbox.restored_row(regclass, jsonb, jsonb)',
      'reward_outbox.record_capture_error(text, regclass, text, text[], text, text, jsonb, text, text)',
      'reward_outbox.record_more_errors(text, regclass, text, text, text, jsonb[])',
      'reward_outbox.watch_rows(regclass, text[], text, jsonb)',
      'reward_outbox.watch_page(regclass, text[], jsonb)',
      'reward_outbox.outbox_problem(reward_outbox.written_event)'), owner);
  END IF;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION reward_outbox.dismiss_watch_owner() IS
  'Part of watch_rules: nobody can make anything in this schema any more; the owner''s rules may insert '
  'what they capture.';
CREATE OR REPLACE TRIGGER d_dismiss AFTER INSERT OR UPDATE ON reward_outbox.watch_rules
  FOR EACH ROW WHEN (NOT NEW.removed) EXECUTE FUNCTION reward_outbox.dismiss_watch_owner();
