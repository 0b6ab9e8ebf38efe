-- Inlined wherever it is called: it runs with the search path of its callers. It follows from a secret, and
-- is another one once the event has lost its user or its payload: by what is told of it then, nobody can try
-- out what was there before.
CREATE OR REPLACE FUNCTION reward_outbox.content_salt(p_secret bytea, o reward_outbox.outbox) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT encode(sha256(p_secret || convert_to(
           concat((o).id, reward_outbox.legible((o).user_id), (o).content_digest), 'UTF8')), 'hex')
$$;
COMMENT ON FUNCTION reward_outbox.content_salt(bytea, reward_outbox.outbox) IS
  'The salt with which what an event holds is digested.';
