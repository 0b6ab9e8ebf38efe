-- Where a name stands within something else. These tables are small: each is read once.
CREATE OR REPLACE FUNCTION reward_outbox.erase_traces(p_user_id text, p_pseudonym text) RETURNS integer
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  -- As JSON text has it, without its quotes.
  in_json text := substring(to_json(p_user_id)::text FROM 2 FOR length(to_json(p_user_id)::text) - 2);
  total   integer := 0;
  n       integer;
BEGIN
  UPDATE reward_outbox.missing_events m SET user_id = p_pseudonym WHERE m.user_id = p_user_id;
  GET DIAGNOSTICS n = ROW_COUNT;
  total := total + n;
  DELETE FROM reward_outbox.receipt_quarantine q
  WHERE position(convert_to(p_user_id, 'UTF8') IN q.body) > 0
    OR position(convert_to(in_json, 'UTF8') IN q.body) > 0;
  GET DIAGNOSTICS n = ROW_COUNT;
  total := total + n;
  UPDATE reward_outbox.watch_errors w
  SET new_row = NULL, old_row = NULL, new_exact = NULL, old_exact = NULL, more_keys = NULL, key = NULL,
      error_message = '(erased)',
      resolved_at = coalesce(w.resolved_at, clock_timestamp()),
      resolution = coalesce(w.resolution, 'erased')
  WHERE strpos(concat(w.new_row, w.old_row, w.new_exact, w.old_exact, w.more_keys, w.key), in_json) > 0
    OR strpos(w.error_message, p_user_id) > 0;
  GET DIAGNOSTICS n = ROW_COUNT;
  total := total + n;
  total := total + reward_outbox.withdraw_reasons(ARRAY(
    SELECT o.operation_no
    FROM reward_outbox.operations o
    WHERE strpos(o.reason, p_user_id) > 0 OR strpos(o.detail::text, in_json) > 0));
  UPDATE reward_outbox.bulk_runs b
  SET filter = jsonb_set(b.filter, '{user}', to_jsonb(p_pseudonym))
  WHERE b.filter ->> 'user' = p_user_id;
  GET DIAGNOSTICS n = ROW_COUNT;
  total := total + n;
  DELETE FROM reward_outbox.console_preferences c WHERE strpos(c.preferences::text, in_json) > 0;
  GET DIAGNOSTICS n = ROW_COUNT;
  RETURN total + n;
END
$$;
COMMENT ON FUNCTION reward_outbox.erase_traces(text, text) IS
  'Part of erase_user(): where the name stands outside of events and receipts.';
