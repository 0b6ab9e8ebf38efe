-- Inlined wherever it is called.
CREATE OR REPLACE FUNCTION reward_outbox.event_bytes(
  p_body text, p_user_id text, p_trigger_id text
) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN octet_length(p_body) + octet_length(p_user_id) + octet_length(p_trigger_id) + 64;
COMMENT ON FUNCTION reward_outbox.event_bytes(text, text, text) IS
  'What an event counts for in the answer to a claim: payload, ids, and what goes with them.';
