-- Inlined wherever it is called. That it is not in event_states, and that
-- its relay does not hold the trigger back, comes on top.
CREATE OR REPLACE FUNCTION reward_outbox.goes_directly(
  p_ordering_key text, p_deliver_after timestamptz, p_paused_at timestamptz,
  p_rate_per_second double precision, p_max_in_flight integer
) RETURNS boolean
LANGUAGE sql VOLATILE
RETURN p_ordering_key IS NULL
  AND (p_deliver_after IS NULL OR p_deliver_after <= clock_timestamp())
  AND p_paused_at IS NULL
  AND p_rate_per_second IS NULL
  AND p_max_in_flight IS NULL;
COMMENT ON FUNCTION reward_outbox.goes_directly(text, timestamptz, timestamptz, double precision, integer) IS
  'Whether a new event may be sent straight from the outbox: nothing about it, or its trigger, says that it '
  'has to wait.';
