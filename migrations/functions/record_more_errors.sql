CREATE OR REPLACE FUNCTION reward_outbox.record_more_errors(
  p_watch text, p_table regclass, p_operation text, p_code text, p_message text, p_keys jsonb[]
) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM set_config('reward_outbox.rule', p_watch, true);
  INSERT INTO reward_outbox.capture_errors (watch, table_name, operation, error_code, error_message,
                                            more_keys, changes)
  SELECT p_watch, format('%I.%I', n.nspname, c.relname), p_operation, p_code, left(p_message, 1000),
         to_jsonb(p_keys), cardinality(p_keys)
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.oid = p_table AND cardinality(p_keys) > 0;
EXCEPTION WHEN OTHERS OR assert_failure THEN
  IF SQLSTATE = '40001' AND current_setting('transaction_isolation') = 'serializable' THEN
    RAISE;
  END IF;
  PERFORM reward_outbox.count_miss();
  RAISE WARNING '%',
    regexp_replace(format('watch %s could neither capture %s rows of %s nor record that: %s', p_watch,
    cardinality(p_keys), p_table, SQLERRM), '[^ -~]', '?', 'g');
END
$$;
COMMENT ON FUNCTION reward_outbox.record_more_errors(text, regclass, text, text, text, jsonb[]) IS
  'Part of a rule: keeps rows that were not captured by their keys, for a replay to find them again.';
