CREATE OR REPLACE FUNCTION reward_outbox.without_user(p_key text, p_user_id text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN strpos(p_key, p_user_id) > 0 THEN reward_outbox.pseudonym(p_key) ELSE p_key END
$$;
COMMENT ON FUNCTION reward_outbox.without_user(text, text) IS
  'Part of erase_user(): a key that names the user becomes a pseudonym, the same everywhere.';
