-- Inlined wherever it is called: it runs with the search path of its callers.
CREATE OR REPLACE FUNCTION reward_outbox.sha256_of(p_text text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT encode(sha256(convert_to(p_text, 'UTF8')), 'hex')
$$;
COMMENT ON FUNCTION reward_outbox.sha256_of(text) IS 'SHA-256 of a text as UTF-8, in hex.';
