-- Runs as the rule's own role, which may record errors of its rules and nothing
-- else. What cannot be kept is left out, what cannot be recorded is counted, and a
-- warning says it in characters that every client's encoding has.
CREATE OR REPLACE FUNCTION reward_outbox.record_capture_error(
  p_watch text, p_table regclass, p_operation text, p_key_columns text[], p_code text, p_message text,
  p_key jsonb, p_new text, p_old text
) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  most_bytes CONSTANT integer := 1048576;
  after_row  record;
  before_row record;
BEGIN
  PERFORM set_config('reward_outbox.rule', p_watch, true);
  -- A rule that fails in statement after statement must not make each of them dear: what a replay finds
  -- again by its key is kept by it.
  IF p_key IS NOT NULL AND p_operation <> 'DELETE' AND NOT reward_outbox.keeps_rows(p_watch) THEN
    PERFORM reward_outbox.record_more_errors(p_watch, p_table, p_operation, p_code, p_message, ARRAY[p_key]);
    RETURN;
  END IF;
  BEGIN
    IF coalesce(octet_length(p_new), 0) + coalesce(octet_length(p_old), 0) <= most_bytes THEN
      SELECT * INTO after_row FROM reward_outbox.kept_row(p_table, p_new);
      SELECT * INTO before_row FROM reward_outbox.kept_row(p_table, p_old);
    ELSE
      SELECT NULL::jsonb AS kept, NULL::jsonb AS exact INTO after_row;
      SELECT NULL::jsonb AS kept, NULL::jsonb AS exact INTO before_row;
    END IF;
  EXCEPTION WHEN OTHERS THEN
    SELECT NULL::jsonb AS kept, NULL::jsonb AS exact INTO after_row;
    SELECT NULL::jsonb AS kept, NULL::jsonb AS exact INTO before_row;
  END;
  p_key := coalesce(p_key, reward_outbox.watch_key(p_key_columns, after_row.kept, before_row.kept));
  INSERT INTO reward_outbox.capture_errors (watch, table_name, operation, key, error_code, error_message,
    new_row, old_row, new_exact, old_exact)
  SELECT p_watch, format('%I.%I', n.nspname, c.relname), p_operation,
         CASE WHEN octet_length(p_key::text) <= 8192 THEN p_key END, p_code, left(p_message, 1000),
         after_row.kept, before_row.kept, after_row.exact, before_row.exact
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.oid = p_table;
EXCEPTION WHEN OTHERS OR assert_failure THEN
  IF SQLSTATE = '40001' AND current_setting('transaction_isolation') = 'serializable' THEN
    RAISE;
  END IF;
  PERFORM reward_outbox.count_miss();
  RAISE WARNING '%',
    regexp_replace(format('watch %s could neither capture a row of %s nor record that: %s', p_watch,
    p_table, SQLERRM), '[^ -~]', '?', 'g');
END
$$;
COMMENT ON FUNCTION reward_outbox.record_capture_error(text, regclass, text, text[], text, text, jsonb, text,
                                                       text) IS
  'Part of a rule: keeps a row that could not be captured.';
