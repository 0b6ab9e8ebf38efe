-- Inlined wherever it is called: it runs with the search path of its callers. A salt follows from what it
-- salts and from a secret: it needs no place of its own, and when the text is gone, the salt is too.
CREATE OR REPLACE FUNCTION reward_outbox.salt_of(p_secret bytea, p_text text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT encode(sha256(p_secret || convert_to(p_text, 'UTF8')), 'hex')
$$;
COMMENT ON FUNCTION reward_outbox.salt_of(bytea, text) IS 'The salt with which a text is digested.';
