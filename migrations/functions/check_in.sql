-- Called by each relay every second or two. What it writes is for the others, and only written when it has
-- changed, when it grows old, or when the relay has events under way: an idle database stays idle.
CREATE OR REPLACE FUNCTION reward_outbox.check_in(
  p_relay_no        integer,
  p_session_id      integer,
  p_wake_mode       text,
  p_able            boolean,
  p_working         boolean,
  p_lock_session_id integer,
  OUT chosen        boolean,
  OUT lock_is_held  boolean,
  OUT reapable      boolean,
  OUT alone         boolean
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET synchronous_commit = off AS $$
DECLARE
  moment    CONSTANT timestamptz := clock_timestamp();
  -- A relay that says nothing for this long is not counted on. An idle
  -- one is written down every four seconds.
  forgotten CONSTANT timestamptz := moment - interval '8 seconds';
  server    CONSTANT timestamptz := pg_postmaster_start_time();
  dead      integer[];
BEGIN
  UPDATE reward_outbox.relays r
  SET checked_in_at = moment,
      session_since = CASE
        WHEN (r.session_id, r.server_started_at) IS NOT DISTINCT FROM (p_session_id, server)
          THEN r.session_since
        ELSE moment
      END,
      session_id = p_session_id,
      server_started_at = server,
      wake_mode = p_wake_mode,
      able = p_able
  WHERE r.relay_no = p_relay_no
    AND (
      p_working
      OR r.checked_in_at IS NULL
      OR r.checked_in_at < moment - interval '3.5 seconds'
      OR (r.session_id, r.server_started_at, r.wake_mode, r.able)
         IS DISTINCT FROM (p_session_id, server, p_wake_mode, p_able)
    );

  -- One relay asks to be notified on behalf of all: of those who could send, the one
  -- that has been here longest. Nobody does while one of them looks by itself, nor
  -- when the queue of notifications fills up: a full one makes COMMIT fail.
  chosen := p_able
    AND p_session_id IS NOT NULL
    AND pg_notification_queue_usage() < 0.5
    AND NOT EXISTS (
      SELECT FROM reward_outbox.relays r
      WHERE r.relay_no <> p_relay_no
        AND r.stopped_at IS NULL
        AND r.checked_in_at > forgotten
        AND r.able
        AND (r.relay_no < p_relay_no OR r.wake_mode = 'polling')
        AND reward_outbox.session_is_alive(r.session_id, r.server_started_at)
    );
  lock_is_held := reward_outbox.session_is_alive(p_lock_session_id, server);
  alone := NOT EXISTS (
    SELECT FROM reward_outbox.relays r
    WHERE r.relay_no <> p_relay_no AND r.stopped_at IS NULL
      AND r.checked_in_at > moment - interval '2 minutes'
  );
  -- The leases of the dead end now.
  dead := reward_outbox.dead_relays(p_relay_no);
  IF dead <> '{}' THEN
    UPDATE reward_outbox.claims c
    SET expires_at = moment
    WHERE c.relay_no = ANY (dead) AND c.expires_at > moment
      AND c.claimed_at < moment - interval '2.3 seconds';
  END IF;
  -- What expired earlier was seen to, or is when a relay looks at everything, once a minute.
  reapable := EXISTS (
    SELECT FROM reward_outbox.claims c
    WHERE c.expires_at < clock_timestamp() AND c.expires_at > moment - interval '70 seconds'
  );
END
$$;
COMMENT ON FUNCTION reward_outbox.check_in(integer, integer, text, boolean, boolean, integer) IS
  'A relay says that it lives and how it finds events, and learns whether it is the one that asks to be '
  'notified, and whether there are claims to reap.';
