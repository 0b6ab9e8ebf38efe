-- Inlined wherever it is called: it runs with the search path of its callers.
CREATE OR REPLACE FUNCTION reward_outbox.content_digest(p_secret bytea, o reward_outbox.outbox) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT reward_outbox.sha256_of(
    concat(reward_outbox.content_salt(p_secret, o), E'\n', reward_outbox.content_text(o)))
$$;
COMMENT ON FUNCTION reward_outbox.content_digest(bytea, reward_outbox.outbox) IS
  'What stands for what an event holds in a chain, and tells nothing of it once it is gone.';
