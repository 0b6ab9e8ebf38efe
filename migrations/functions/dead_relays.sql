-- A relay is taken for dead when the session with which it listened is gone, and it has neither
-- checked in nor claimed for a while: either alone says nothing (a connection breaks, a process
-- stands still). Whoever judges must have had a session of its own for as long: after a restart of
-- the server all are gone at once, and the others need a moment to come back. The times must be
-- longer than a relay may go on sending after its last word: see src/relay/presence.ts.
CREATE OR REPLACE FUNCTION reward_outbox.dead_relays(p_judge integer) RETURNS integer[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  silent_since CONSTANT timestamptz := clock_timestamp() - interval '2.3 seconds';
BEGIN
  IF NOT EXISTS (
    SELECT FROM reward_outbox.relays j
    WHERE j.relay_no = p_judge AND j.session_id IS NOT NULL AND j.session_since < silent_since
      AND j.server_started_at = pg_postmaster_start_time()
  ) THEN
    RETURN '{}';
  END IF;
  RETURN ARRAY(
    SELECT r.relay_no
    FROM reward_outbox.relays r
    WHERE r.relay_no <> p_judge
      AND r.stopped_at IS NULL
      AND r.session_id IS NOT NULL
      AND r.checked_in_at < silent_since
      -- What it left behind longer ago has expired.
      AND r.checked_in_at > silent_since - interval '1 hour'
      AND EXISTS (
        SELECT FROM reward_outbox.claims c WHERE c.relay_no = r.relay_no AND c.claimed_at < silent_since
      )
      AND NOT reward_outbox.session_is_alive(r.session_id, r.server_started_at)
  );
END
$$;
COMMENT ON FUNCTION reward_outbox.dead_relays(integer) IS
  'Relays that have died and left claims behind, as far as another relay may say so.';
