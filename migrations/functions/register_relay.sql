CREATE OR REPLACE FUNCTION reward_outbox.register_relay(
  p_name text, p_version text, p_concurrency integer
) RETURNS integer
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO reward_outbox.relays (name, version, concurrency)
  VALUES (p_name, p_version, p_concurrency)
  RETURNING relay_no
$$;
COMMENT ON FUNCTION reward_outbox.register_relay(text, text, integer) IS 'A relay introduces itself.';
