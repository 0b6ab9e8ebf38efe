-- p_done: leases of which nothing is left.
--
-- What is settled belongs to a lease: the claim still names the attempt, or it is on record as failed under
-- that lease. Anything else is not recorded, whoever says so, and nor is what is on record already.
CREATE OR REPLACE FUNCTION reward_outbox.settle_accepted(
  p_relay_no integer, p_results reward_outbox.accepted_attempt[], p_ordered boolean, p_done uuid[]
)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET jit = off AS $$
DECLARE
  leases     uuid[];
  settled    uuid[];
  attempts   integer[];
  had_waited uuid[];
  ended_keys text[];
  recovered  text[];
BEGIN
  PERFORM reward_outbox.begin_settling(p_ordered);
  SELECT array_agg(DISTINCT r.lease_id) INTO leases
  FROM unnest(p_results) r;
  -- Waits for a relay that is just writing the same lease off as expired,
  -- so that the deletion below sees what that left.
  PERFORM FROM reward_outbox.claims c
  WHERE c.lease_id = ANY (leases)
  ORDER BY c.lease_id
  FOR SHARE;

  WITH recorded AS (
    INSERT INTO reward_outbox.attempt_log AS l (event_id, started_at, attempt, duration_ms, relay_no,
                                                http_status, outcome, response_body)
    SELECT r.event_id, clock_timestamp() - r.age_ms * interval '1 millisecond', r.attempt, r.duration_ms,
           p_relay_no, r.http_status, 'accepted', r.response_body
    FROM unnest(p_results) r
    WHERE (r.lease_id, r.event_id, r.attempt) IN (
            SELECT l.lease_id, l.event_id, l.attempt FROM reward_outbox.leased_attempts(leases) l)
       -- Not EXISTS: PostgreSQL may read all attempts at once to answer that.
       OR (SELECT bool_or(a.lease_id = r.lease_id)
           FROM reward_outbox.attempt_log a
           WHERE a.event_id = r.event_id AND a.attempt = r.attempt)
    ON CONFLICT DO NOTHING
    RETURNING l.event_id, l.attempt
  )
  SELECT array_agg(r.event_id), array_agg(r.attempt) INTO settled, attempts
  FROM recorded r;
  PERFORM reward_outbox.leave_for_chain(p_relay_no, 'accepted', settled, attempts);

  WITH ended AS (
    DELETE FROM reward_outbox.event_states s
    WHERE s.event_id = ANY (settled)
    RETURNING s.event_id, s.ordering_key, s.trigger_id
  )
  SELECT array_agg(e.event_id), array_agg(e.ordering_key) FILTER (WHERE e.ordering_key IS NOT NULL),
         array_agg(DISTINCT e.trigger_id)
  INTO had_waited, ended_keys, recovered
  FROM ended e;
  IF had_waited IS NOT NULL THEN
    PERFORM reward_outbox.keep_unread(had_waited);
  END IF;
  IF ended_keys IS NOT NULL THEN
    PERFORM reward_outbox.release_next(ended_keys);
  END IF;
  IF recovered IS NOT NULL THEN
    PERFORM reward_outbox.made_room(recovered);
    -- A trigger that a relay paused is known to Reward after all.
    UPDATE reward_outbox.triggers t
    SET paused_at = NULL, paused_by = NULL, paused_reason = NULL, paused_code = NULL, probe_at = NULL,
        probes = 0
    WHERE t.trigger_id = ANY (recovered) AND t.probe_at IS NOT NULL;
  END IF;
  IF p_done <> '{}' THEN
    PERFORM reward_outbox.end_leases(p_done);
  END IF;
END
$$;
COMMENT ON FUNCTION reward_outbox.settle_accepted(integer, reward_outbox.accepted_attempt[], boolean,
                                                  uuid[]) IS
  'Records accepted attempts: this is what marks events as delivered.';
