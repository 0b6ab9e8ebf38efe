CREATE OR REPLACE FUNCTION reward_outbox.record_watch_error(p_watch text, p_table text, p_operation text, p_key_columns text[], p_code text, p_message text, p_new jsonb, p_old jsonb) RETURNS void
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO reward_outbox.watch_errors (watch, table_name, operation, key, error_code, error_message, new_row, old_row)
  SELECT p_watch, p_table, p_operation, CASE WHEN octet_length(k.key::text) <= 8192 THEN k.key END, p_code, left(p_message, 1000),
         CASE WHEN size.fits THEN p_new END, CASE WHEN size.fits THEN p_old END
  FROM (SELECT coalesce(octet_length(p_new::text), 0) + coalesce(octet_length(p_old::text), 0) <= 1048576 AS fits) size, (SELECT reward_outbox.watch_key(p_key_columns, p_new, p_old) AS key) k
$$;
COMMENT ON FUNCTION reward_outbox.record_watch_error(text, text, text, text[], text, text, jsonb, jsonb) IS 'Part of a rule: keeps a row that could not be captured.';
