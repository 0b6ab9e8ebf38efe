-- p_next: the status that follows (pending, dead, uncertain). p_delay_ms: pending only, time to the next attempt. p_excused: the attempt does not count
-- against the limit. Returns the attempts that were written; what is missing was on record already.
CREATE OR REPLACE FUNCTION reward_outbox.settle_failed(p_relay_nos integer[], p_lease_ids uuid[], p_event_ids uuid[], p_attempts integer[], p_age_ms integer[],
  p_duration_ms integer[], p_http_status integer[], p_outcomes text[], p_error_codes text[], p_error_messages text[], p_response_bodies text[],
  p_next text[], p_delay_ms double precision[], p_excused boolean[], p_ordered boolean, p_done uuid[])
RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
  SET jit = off AS $$
DECLARE
  from_head  uuid[];
  ended_keys text[];
  written    integer;
BEGIN
  IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
    PERFORM reward_outbox.refuse_isolation();
  END IF;
  IF p_ordered THEN
    PERFORM reward_outbox.lock_head();
  END IF;
  SELECT array_agg(c.lease_id) FILTER (WHERE c.from_head) INTO from_head
  FROM (SELECT l.lease_id, l.from_head FROM reward_outbox.claims l WHERE l.lease_id = ANY (p_lease_ids) ORDER BY l.lease_id FOR UPDATE) c;

  WITH result AS MATERIALIZED (
    -- Held: the lease has not been written off, nor the event given back, since.
    SELECT r.*, EXISTS (SELECT FROM reward_outbox.claims c WHERE c.lease_id = r.lease_id AND r.event_id = ANY (c.event_ids)) AS held
    FROM unnest(p_relay_nos, p_lease_ids, p_event_ids, p_attempts, p_age_ms, p_duration_ms, p_http_status, p_outcomes, p_error_codes,
                           p_error_messages, p_response_bodies, p_next, p_delay_ms, p_excused)
      AS r(relay_no, lease_id, event_id, attempt, age_ms, duration_ms, http_status, outcome, error_code, error_message, response_body, next, delay_ms, excused)
  ), fresh AS MATERIALIZED (
    SELECT r.* FROM result r
    WHERE r.held
      AND NOT EXISTS (SELECT FROM reward_outbox.attempt_log a WHERE a.event_id = r.event_id AND a.attempt = r.attempt)
  ), logged AS (
    INSERT INTO reward_outbox.attempt_log (event_id, started_at, attempt, duration_ms, relay_no, http_status, outcome, error_code, error_message, response_body)
    SELECT r.event_id, clock_timestamp() - r.age_ms * interval '1 millisecond', r.attempt, r.duration_ms, r.relay_no, r.http_status,
           r.outcome::reward_outbox.attempt_outcome, r.error_code, r.error_message, r.response_body
    -- What was written off may still turn out accepted, but what is known to be accepted is not written off. Nor is (it has no duration)
    -- what is no longer held: that would be a record of an attempt nobody made, and the real one would count as settled.
    FROM result r WHERE (r.held OR r.duration_ms IS NOT NULL) AND NOT EXISTS (SELECT FROM reward_outbox.attempt_log a WHERE a.event_id = r.event_id AND a.attempt = r.attempt AND a.outcome = 'accepted')
    ON CONFLICT DO NOTHING
    RETURNING 1
  ), begun AS (
    -- First attempts: until now nothing but the outbox and the claim knew these events.
    INSERT INTO reward_outbox.event_states (event_id, seq, next_attempt_at, attempts, excused, bytes, status, trigger_id, ordering_key, reason)
    SELECT f.event_id, o.seq, clock_timestamp() + coalesce(f.delay_ms, 0) * interval '1 millisecond', f.attempt, f.excused::integer,
           octet_length(o.payload::text) + octet_length(o.user_id) + octet_length(o.trigger_id) + 64, f.next::reward_outbox.event_status, o.trigger_id, o.ordering_key,
           CASE WHEN f.next <> 'pending' THEN f.error_code || coalesce(': ' || f.error_message, '') END
    FROM fresh f JOIN reward_outbox.outbox o ON o.id = f.event_id
    WHERE f.lease_id = ANY (from_head)
    ON CONFLICT (event_id) DO NOTHING
  ), continued AS (
    UPDATE reward_outbox.event_states s
    SET status = f.next::reward_outbox.event_status, lease_id = NULL, changed_at = clock_timestamp(), excused = s.excused + f.excused::integer,
        next_attempt_at = clock_timestamp() + coalesce(f.delay_ms, 0) * interval '1 millisecond',
        reason = CASE WHEN f.next <> 'pending' THEN f.error_code || coalesce(': ' || f.error_message, '') END
    FROM fresh f WHERE s.event_id = f.event_id AND s.lease_id = f.lease_id
    RETURNING s.trigger_id, CASE WHEN s.status = 'dead' THEN s.ordering_key END AS ended_key
  ), probed AS (
    -- A failed probe of a paused trigger: the next one in twice the time, at most a quarter of an hour, or a day where they are rare.
    UPDATE reward_outbox.triggers t
    SET probes = t.probes + 1,
        probe_at = clock_timestamp() + least(greatest(interval '15 minutes', 24 * t.probe_every), t.probe_every * power(2, least(t.probes + 1, 9)))
    WHERE t.probe_at IS NOT NULL AND t.trigger_id IN (SELECT c.trigger_id FROM continued c)
  )
  SELECT (SELECT count(*) FROM logged), (SELECT array_agg(c.ended_key) FILTER (WHERE c.ended_key IS NOT NULL) FROM continued c) INTO written, ended_keys;

  IF ended_keys IS NOT NULL THEN
    PERFORM reward_outbox.release_next(ended_keys);
  END IF;
  DELETE FROM reward_outbox.claims c WHERE c.lease_id = ANY (p_done);
  RETURN written;
END
$$;
COMMENT ON FUNCTION reward_outbox.settle_failed(integer[], uuid[], uuid[], integer[], integer[], integer[], integer[], text[], text[], text[], text[], text[],
  double precision[], boolean[], boolean, uuid[]) IS 'Records attempts that were not accepted and what follows from each.';
