-- p_results: one object per attempt, with the fields that are listed below. next: the status that follows
-- (pending, dead, uncertain). delay_ms: pending only, time to the next attempt. excused: the attempt does
-- not count against the limit. duration_ms: null where it is not the relay of the attempt that says so,
-- but one that reaps it. p_done: leases of which nothing is left. Returns the attempts that were
-- written; what is missing was on record already, or its lease does not name it.
CREATE OR REPLACE FUNCTION reward_outbox.settle_failed(
  p_results jsonb, p_ordered boolean, p_done uuid[]
) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET jit = off AS $$
DECLARE
  leases     uuid[];
  from_head  uuid[];
  answered   text[];
  ended_keys text[];
  written    reward_outbox.attempt_log[];
BEGIN
  PERFORM reward_outbox.begin_settling(p_ordered);
  SELECT array_agg(DISTINCT (r ->> 'lease_id')::uuid) INTO leases
  FROM jsonb_array_elements(p_results) r;
  SELECT array_agg(c.lease_id) FILTER (WHERE c.from_head) INTO from_head
  FROM (
    SELECT l.lease_id, l.from_head
    FROM reward_outbox.claims l
    WHERE l.lease_id = ANY (leases)
    ORDER BY l.lease_id
    FOR UPDATE
  ) c;

  WITH result AS MATERIALIZED (
    -- Held: the lease has not been reaped, nor the event given back, since.
    SELECT r.*,
           (r.lease_id, r.event_id, r.attempt) IN (
             SELECT l.lease_id, l.event_id, l.attempt FROM reward_outbox.leased_attempts(leases) l) AS held,
           on_record.*
    FROM jsonb_to_recordset(p_results) AS r(
      relay_no integer, lease_id uuid, event_id uuid, attempt integer, age_ms double precision,
      duration_ms integer, http_status integer, outcome text, error_code text, error_message text,
      response_body text, response_headers jsonb, next text, delay_ms double precision, excused boolean)
    -- Of the attempt itself, by one look into the index. EXISTS may become a join, which reads every
    -- accepted attempt there ever was.
    CROSS JOIN LATERAL (
      SELECT count(*) > 0 AS known,
             coalesce(bool_or(a.outcome = 'accepted'), false) AS accepted,
             coalesce(bool_or(a.lease_id = r.lease_id), false) AS under_this_lease
      FROM reward_outbox.attempt_log a
      WHERE a.event_id = r.event_id AND a.attempt = r.attempt
    ) on_record
  ), fresh AS MATERIALIZED (
    SELECT r.lease_id, r.event_id, r.attempt, r.error_code, r.error_message, r.next, r.excused,
           -- Where its trigger asks for it, what may have been applied waits for a receipt first.
           greatest(coalesce(r.delay_ms, 0), CASE WHEN r.outcome = 'ambiguous' THEN (
             SELECT date_part('epoch', t.evidence_wait) * 1000
             FROM reward_outbox.triggers t
             WHERE t.trigger_id = (SELECT o.trigger_id
                                   FROM reward_outbox.outbox o
                                   WHERE o.id = r.event_id)) END) AS delay_ms
    FROM result r
    WHERE r.held AND NOT r.known
  ), logged AS (
    INSERT INTO reward_outbox.attempt_log AS l (event_id, started_at, attempt, duration_ms, relay_no,
                                                http_status, outcome, error_code, error_message,
                                                response_body, response_headers, lease_id)
    SELECT r.event_id, clock_timestamp() - r.age_ms * interval '1 millisecond', r.attempt, r.duration_ms,
           r.relay_no, r.http_status, r.outcome::reward_outbox.attempt_outcome, r.error_code, r.error_message,
           r.response_body, r.response_headers, r.lease_id
    FROM result r
    -- What was reaped may still turn out otherwise, but what is known to be
    -- accepted is not reaped. Nor is what is no longer held: that would be a
    -- record of an attempt nobody made, and the real one would count as settled.
    WHERE NOT r.accepted
      AND (r.held OR r.duration_ms IS NOT NULL AND r.under_this_lease)
    ON CONFLICT DO NOTHING
    RETURNING l AS attempt
  ), begun AS (
    -- First attempts: until now nothing but the outbox and the claim knew these events.
    INSERT INTO reward_outbox.event_states (event_id, seq, next_attempt_at, attempts, excused, bytes, status,
                                            trigger_id, ordering_key, reason)
    SELECT f.event_id, o.seq, clock_timestamp() + f.delay_ms * interval '1 millisecond',
           f.attempt, f.excused::integer, reward_outbox.event_bytes(o.payload::text, o.user_id, o.trigger_id),
           f.next::reward_outbox.event_status, o.trigger_id, o.ordering_key,
           CASE WHEN f.next <> 'pending' THEN f.error_code || coalesce(': ' || f.error_message, '') END
    FROM fresh f
    CROSS JOIN LATERAL (
      SELECT e.seq, e.payload, e.user_id, e.trigger_id, e.ordering_key
      FROM reward_outbox.outbox e
      WHERE e.id = f.event_id
      OFFSET 0
    ) o
    WHERE f.lease_id = ANY (from_head)
    ON CONFLICT (event_id) DO NOTHING
  ), continued AS (
    UPDATE reward_outbox.event_states s
    SET status = f.next::reward_outbox.event_status,
        lease_id = NULL,
        changed_at = clock_timestamp(),
        excused = s.excused + f.excused::integer,
        next_attempt_at = clock_timestamp() + f.delay_ms * interval '1 millisecond',
        reason = CASE WHEN f.next <> 'pending' THEN f.error_code || coalesce(': ' || f.error_message, '') END
    FROM fresh f
    WHERE s.event_id = f.event_id AND s.lease_id = f.lease_id
      -- By the index, even if that was planned while nothing waited.
      AND s.event_id = ANY (ARRAY(SELECT g.event_id FROM fresh g))
    RETURNING s.trigger_id, CASE WHEN s.status = 'dead' THEN s.ordering_key END AS ended_key
  ), probed AS (
    -- A failed probe of a paused trigger: the next one in twice the time,
    -- at most a quarter of an hour, or a day where they are rare.
    UPDATE reward_outbox.triggers t
    SET probes = t.probes + 1,
        probe_at = clock_timestamp()
          + least(greatest(interval '15 minutes', 24 * t.probe_every),
                  t.probe_every * power(2, least(t.probes + 1, 9)))
    WHERE t.probe_at IS NOT NULL AND t.trigger_id = ANY (ARRAY(SELECT c.trigger_id FROM continued c))
  )
  SELECT (SELECT array_agg(g.attempt) FROM logged g),
         (SELECT array_agg(c.ended_key) FILTER (WHERE c.ended_key IS NOT NULL) FROM continued c),
         (SELECT array_agg(DISTINCT c.trigger_id) FROM continued c)
  INTO written, ended_keys, answered;
  PERFORM reward_outbox.leave_for_chain(w.relay_no, w.outcome, array_agg(w.event_id), array_agg(w.attempt))
  FROM unnest(written) w
  GROUP BY w.relay_no, w.outcome;

  IF ended_keys IS NOT NULL THEN
    PERFORM reward_outbox.release_next(ended_keys);
  END IF;
  IF answered IS NOT NULL THEN
    PERFORM reward_outbox.made_room(answered);
  END IF;
  IF p_done <> '{}' THEN
    PERFORM reward_outbox.end_leases(p_done);
  END IF;
  RETURN coalesce(cardinality(written), 0);
END
$$;
COMMENT ON FUNCTION reward_outbox.settle_failed(jsonb, boolean, uuid[]) IS
  'Records attempts that were not accepted and what follows from each.';
