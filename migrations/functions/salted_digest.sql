CREATE OR REPLACE FUNCTION reward_outbox.salted_digest(p_secret bytea, p_text text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  SELECT reward_outbox.sha256_of(reward_outbox.salt_of(p_secret, p_text) || E'\n' || p_text)
$$;
COMMENT ON FUNCTION reward_outbox.salted_digest(bytea, text) IS
  'What stands for a text in a chain, and tells nothing of it once it is gone. Null for null.';
