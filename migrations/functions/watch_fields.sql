-- So that no piece of a rule's function names the fields itself. %1$s is a field, %2$s its type.
CREATE OR REPLACE FUNCTION reward_outbox.watch_fields(
  p_format text, p_between text DEFAULT ', '
) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT string_agg(format(p_format, f.name, f.type), p_between ORDER BY f.n)
  FROM reward_outbox.event_fields() f
$$;
COMMENT ON FUNCTION reward_outbox.watch_fields(text, text) IS
  'Part of watch(): the same piece of SQL for each field of an event.';
