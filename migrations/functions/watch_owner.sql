CREATE OR REPLACE FUNCTION reward_outbox.watch_owner(p_table regclass) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT pg_get_userbyid(c.relowner)::text FROM pg_class c WHERE c.oid = p_table
$$;
COMMENT ON FUNCTION reward_outbox.watch_owner(regclass) IS
  'Part of watch(): the role that a rule on the table runs as.';
