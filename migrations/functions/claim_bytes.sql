-- What one claim returns must fit into the socket buffers: a client that
-- stops reading would otherwise hold the turn.
CREATE OR REPLACE FUNCTION reward_outbox.claim_bytes() RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN 65536;
COMMENT ON FUNCTION reward_outbox.claim_bytes() IS
  'How many bytes of events one claim returns at most, unless it is one event.';
