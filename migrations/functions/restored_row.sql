CREATE OR REPLACE FUNCTION reward_outbox.restored_row(
  p_table regclass, p_kept jsonb, p_exact jsonb
) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET DateStyle = 'ISO, MDY' SET TimeZone = 'UTC'
SET IntervalStyle = 'postgres'
SET bytea_output = 'hex'
SET extra_float_digits = 1
SET standard_conforming_strings = on
SET array_nulls = on AS $$
DECLARE
  columns  text;
  restored text;
BEGIN
  IF p_kept IS NULL THEN
    RETURN NULL;
  END IF;
  -- What was edited in the kept row since, a renamed column for instance, has no exact form.
  SELECT string_agg(CASE WHEN p_exact ? a.attname AND p_kept ? a.attname
                         THEN format('($2 ->> %L)::%s', a.attname, format_type(a.atttypid, a.atttypmod))
                         ELSE format('r.%I', a.attname) END, ', ' ORDER BY a.attnum)
  INTO columns
  FROM pg_attribute a
  WHERE a.attrelid = p_table AND a.attnum > 0 AND NOT a.attisdropped;
  EXECUTE format('SELECT ROW(%s)::%s::text FROM jsonb_populate_record(NULL::%2$s, $1) AS r', columns, p_table)
  INTO restored
  USING p_kept - ARRAY(SELECT jsonb_object_keys(coalesce(p_exact, '{}'))), p_exact;
  RETURN restored;
END
$$;
COMMENT ON FUNCTION reward_outbox.restored_row(regclass, jsonb, jsonb) IS
  'Part of replay_watch_errors: the reverse of kept_row, for the table''s columns as they are now.';
