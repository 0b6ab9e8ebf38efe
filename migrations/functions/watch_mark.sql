CREATE OR REPLACE FUNCTION reward_outbox.watch_mark(p_name text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT 'reward_outbox.by_row_' || left(md5(p_name), 16)
$$;
COMMENT ON FUNCTION reward_outbox.watch_mark(text) IS
  'Part of watch(): a setting that says, for a transaction, that a rule has captured something row by row.';
