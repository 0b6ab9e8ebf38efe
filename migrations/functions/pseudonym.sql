CREATE OR REPLACE FUNCTION reward_outbox.pseudonym(p_text text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT 'erased:' || left(encode(sha256(s.salt || convert_to(p_text, getdatabaseencoding())), 'hex'), 32)
  FROM reward_outbox.erasure_salt s
$$;
COMMENT ON FUNCTION reward_outbox.pseudonym(text) IS
  'Part of erase_user(): stands for a name, always the same one, and does not lead back to it.';
