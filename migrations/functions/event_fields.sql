CREATE OR REPLACE FUNCTION reward_outbox.event_fields() RETURNS TABLE (n integer, name text, type text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT a.attnum::integer, a.attname::text, format_type(a.atttypid, a.atttypmod)
  FROM pg_class t
  JOIN pg_attribute a ON a.attrelid = t.oid
  WHERE t.relnamespace = 'reward_outbox'::regnamespace
    AND t.relname = 'written_event'
    AND NOT a.attisdropped
$$;
COMMENT ON FUNCTION reward_outbox.event_fields() IS
  'What a writer says of an event, field by field: the attributes of the type written_event.';
