-- Inlined wherever it is called.
CREATE OR REPLACE FUNCTION reward_outbox.age_ms(
  p_created_at timestamptz, p_deliver_after timestamptz
) RETURNS double precision
LANGUAGE sql VOLATILE
RETURN date_part('epoch', clock_timestamp() - greatest(p_created_at, p_deliver_after)) * 1000;
COMMENT ON FUNCTION reward_outbox.age_ms(timestamptz, timestamptz) IS
  'For how long an event could have been sent, in milliseconds.';
