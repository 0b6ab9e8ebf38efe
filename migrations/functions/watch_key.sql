CREATE OR REPLACE FUNCTION reward_outbox.watch_key(
  p_key_columns text[], p_new jsonb, p_old jsonb
) RETURNS jsonb
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT jsonb_object_agg(k, coalesce(p_new, p_old) -> k)
  FROM unnest(p_key_columns) k
  WHERE coalesce(p_new, p_old) IS NOT NULL
$$;
COMMENT ON FUNCTION reward_outbox.watch_key(text[], jsonb, jsonb) IS
  'Part of a rule: the primary key of a row.';
