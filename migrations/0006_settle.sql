-- What follows a claim. Successes are monotone: an accepted attempt is recorded however late it comes. Failures are fenced: they
-- change an event's state only while the lease exists and nothing else is on record for that attempt. Every function here may be
-- repeated when the answer to its COMMIT was lost.

-- After an event of an ordering key has ended, the next of that key (lowest seq) may go, unless an earlier one is still to be read: then
-- the claim that reads that one lets it go.
CREATE FUNCTION reward_outbox.release_next(p_ordering_keys text[]) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
BEGIN
  UPDATE reward_outbox.event_states s SET blocked = false, changed_at = clock_timestamp()
  FROM (SELECT DISTINCT k AS ordering_key FROM unnest(p_ordering_keys) k WHERE k IS NOT NULL) ended
  WHERE s.event_id = (SELECT n.event_id FROM reward_outbox.event_states n
                      WHERE n.ordering_key = ended.ordering_key AND n.status IN ('pending', 'sending', 'uncertain') ORDER BY n.seq LIMIT 1)
    AND s.blocked
    AND NOT EXISTS (SELECT FROM reward_outbox.event_states u
                    WHERE u.ordering_key = ended.ordering_key AND NOT u.blocked AND u.status IN ('pending', 'sending', 'uncertain'))
    AND (SELECT NOT reward_outbox.unread_before(s.ordering_key, s.seq, h.read_through, h.reading, h.last_xid, h.last_seq) FROM reward_outbox.head_now h);
END
$$;
COMMENT ON FUNCTION reward_outbox.release_next(text[]) IS 'Lets the next event of each ordering key go, if none is under way. Needs lock_head().';

-- Parallel arrays, one element per accepted attempt. p_age_ms: milliseconds since the attempt began. p_done: leases of which nothing is left.
CREATE FUNCTION reward_outbox.settle_accepted(p_relay_no integer, p_lease_ids uuid[], p_event_ids uuid[], p_attempts integer[], p_age_ms integer[],
  p_duration_ms integer[], p_http_status integer[], p_response_bodies text[], p_ordered boolean, p_done uuid[])
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
  SET jit = off AS $$
DECLARE
  ended_keys text[];
  recovered  text[];
BEGIN
  IF p_ordered THEN
    PERFORM reward_outbox.lock_head();
  END IF;
  -- Waits for a relay that is just writing the same lease off as expired, so that the deletion below sees what that left.
  PERFORM FROM reward_outbox.claims c WHERE c.lease_id = ANY (p_lease_ids) ORDER BY c.lease_id FOR SHARE;

  INSERT INTO reward_outbox.attempt_log (event_id, started_at, attempt, duration_ms, relay_no, http_status, outcome, response_body)
  SELECT r.event_id, clock_timestamp() - r.age_ms * interval '1 millisecond', r.attempt, r.duration_ms, p_relay_no, r.http_status, 'accepted', r.body
  FROM unnest(p_event_ids, p_attempts, p_age_ms, p_duration_ms, p_http_status, p_response_bodies) AS r(event_id, attempt, age_ms, duration_ms, http_status, body)
  ON CONFLICT DO NOTHING;

  WITH ended AS (
    DELETE FROM reward_outbox.event_states s WHERE s.event_id = ANY (p_event_ids) RETURNING s.ordering_key, s.trigger_id
  )
  SELECT array_agg(e.ordering_key) FILTER (WHERE e.ordering_key IS NOT NULL), array_agg(DISTINCT e.trigger_id) INTO ended_keys, recovered FROM ended e;
  IF ended_keys IS NOT NULL THEN
    PERFORM reward_outbox.release_next(ended_keys);
  END IF;
  IF recovered IS NOT NULL THEN
    -- A trigger that a relay paused is known to Reward after all.
    UPDATE reward_outbox.triggers t SET paused_at = NULL, paused_by = NULL, paused_reason = NULL, probe_at = NULL, probes = 0
    WHERE t.trigger_id = ANY (recovered) AND t.probe_at IS NOT NULL;
  END IF;
  DELETE FROM reward_outbox.claims c WHERE c.lease_id = ANY (p_done);
END
$$;
COMMENT ON FUNCTION reward_outbox.settle_accepted(integer, uuid[], uuid[], integer[], integer[], integer[], integer[], text[], boolean, uuid[]) IS
  'Records accepted attempts: this is what marks events as delivered.';

-- p_next: the status that follows (pending, dead, uncertain). p_delay_ms: pending only, time to the next attempt. p_excused: the attempt does not count
-- against the limit. Returns the attempts that were written; what is missing was on record already.
CREATE FUNCTION reward_outbox.settle_failed(p_relay_nos integer[], p_lease_ids uuid[], p_event_ids uuid[], p_attempts integer[], p_age_ms integer[],
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
    -- A failed probe of a paused trigger: the next one in twice the time, at most a quarter of an hour.
    UPDATE reward_outbox.triggers t SET probes = t.probes + 1, probe_at = clock_timestamp() + least(900, 2 * power(2, least(t.probes + 1, 9))) * interval '1 second'
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

CREATE FUNCTION reward_outbox.give_back(p_lease_id uuid, p_event_ids uuid[] DEFAULT NULL, p_delay_ms double precision DEFAULT 0) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
DECLARE
  lease    reward_outbox.claims;
  returned uuid[];
BEGIN
  -- Waits for a claim of this lease that is still being made: its answer was lost, its commit may be to come.
  PERFORM reward_outbox.lock_head();
  SELECT * INTO lease FROM reward_outbox.claims c WHERE c.lease_id = p_lease_id FOR UPDATE;
  IF NOT FOUND THEN
    RETURN 0;
  END IF;
  SELECT array_agg(e) INTO returned FROM unnest(lease.event_ids) e
  WHERE (p_event_ids IS NULL OR e = ANY (p_event_ids))
    AND NOT EXISTS (SELECT FROM unnest(lease.event_ids, lease.attempts) AS n(event_id, attempt)
                    JOIN reward_outbox.attempt_log a ON a.event_id = n.event_id AND a.attempt = coalesce(n.attempt, 1) WHERE n.event_id = e);
  IF returned IS NULL THEN
    RETURN 0;
  END IF;

  IF lease.from_head THEN
    INSERT INTO reward_outbox.event_states (event_id, seq, next_attempt_at, bytes, status, trigger_id, ordering_key)
    SELECT o.id, o.seq, clock_timestamp() + p_delay_ms * interval '1 millisecond', octet_length(o.payload::text) + octet_length(o.user_id) + octet_length(o.trigger_id) + 64,
           'pending', o.trigger_id, o.ordering_key
    FROM reward_outbox.outbox o WHERE o.id = ANY (returned)
    ON CONFLICT (event_id) DO NOTHING;
  ELSE
    UPDATE reward_outbox.event_states s SET status = 'pending', lease_id = NULL, attempts = s.attempts - 1, changed_at = clock_timestamp(),
      next_attempt_at = clock_timestamp() + p_delay_ms * interval '1 millisecond'
    WHERE s.event_id = ANY (returned) AND s.lease_id = p_lease_id;
  END IF;

  IF NOT EXISTS (SELECT FROM unnest(lease.event_ids, lease.attempts) AS n(event_id, attempt)
                 WHERE n.event_id <> ALL (returned)
                   AND NOT EXISTS (SELECT FROM reward_outbox.attempt_log a WHERE a.event_id = n.event_id AND a.attempt = coalesce(n.attempt, 1))) THEN
    DELETE FROM reward_outbox.claims c WHERE c.lease_id = p_lease_id;
  ELSE
    UPDATE reward_outbox.claims c
    SET (event_ids, attempts) = (SELECT array_agg(n.event_id), array_agg(coalesce(n.attempt, 1))
                                 FROM unnest(c.event_ids, c.attempts) AS n(event_id, attempt) WHERE n.event_id <> ALL (returned))
    WHERE c.lease_id = p_lease_id;
  END IF;
  RETURN cardinality(returned);
END
$$;
COMMENT ON FUNCTION reward_outbox.give_back(uuid, uuid[], double precision) IS 'Returns claimed events that were provably not sent, with the attempt count they had before. Null ids: all of the lease.';

-- Expired leases: what nobody settled is returned, for its policy to be applied by settle_failed as ambiguous; leases of which
-- nothing is left are removed here. p_back_ms: leases that expired longer ago were seen to by an earlier call; null: look at all. While a
-- snapshot is pinned elsewhere, the rows of leases long removed are still in the index, and this walks past them.
CREATE FUNCTION reward_outbox.expired_leases(p_limit integer, p_back_ms double precision DEFAULT NULL)
RETURNS TABLE (lease_id uuid, relay_no integer, event_id uuid, attempt integer, excused integer, at_most_once boolean, max_attempts integer,
               ordered boolean, age_ms double precision)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
  since timestamptz := coalesce(clock_timestamp() - p_back_ms * interval '1 millisecond', '-infinity');
BEGIN
  DELETE FROM reward_outbox.claims d
  WHERE d.lease_id IN (
    SELECT c.lease_id FROM reward_outbox.claims c
    WHERE c.expires_at > since AND c.expires_at < clock_timestamp()
      AND NOT EXISTS (
        SELECT FROM unnest(c.event_ids, c.attempts) AS n(event_id, attempt)
        WHERE NOT EXISTS (SELECT FROM reward_outbox.attempt_log a WHERE a.event_id = n.event_id AND a.attempt = coalesce(n.attempt, 1)))
    ORDER BY c.expires_at LIMIT p_limit FOR UPDATE SKIP LOCKED);

  RETURN QUERY
  SELECT c.lease_id, c.relay_no, n.event_id, coalesce(n.attempt, 1), coalesce(s.excused, 0), coalesce(t.mode = 'at_most_once', false), t.max_attempts,
         o.ordering_key IS NOT NULL, date_part('epoch', clock_timestamp() - c.claimed_at) * 1000
  FROM (SELECT e.* FROM reward_outbox.claims e WHERE e.expires_at > since AND e.expires_at < clock_timestamp() ORDER BY e.expires_at LIMIT p_limit) c
  CROSS JOIN LATERAL unnest(c.event_ids, c.attempts) AS n(event_id, attempt)
  JOIN reward_outbox.outbox o ON o.id = n.event_id
  LEFT JOIN reward_outbox.event_states s ON s.event_id = n.event_id
  LEFT JOIN reward_outbox.triggers t ON t.trigger_id = o.trigger_id
  WHERE NOT EXISTS (SELECT FROM reward_outbox.attempt_log a WHERE a.event_id = n.event_id AND a.attempt = coalesce(n.attempt, 1))
  ORDER BY c.expires_at, o.seq;
END
$$;
COMMENT ON FUNCTION reward_outbox.expired_leases(integer, double precision) IS 'Events whose relay went silent: each may have been sent.';

CREATE FUNCTION reward_outbox.tidy() RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
BEGIN
  DELETE FROM reward_outbox.head WHERE position_no < (SELECT max(h.position_no) FROM reward_outbox.head h);
END
$$;
COMMENT ON FUNCTION reward_outbox.tidy() IS 'Removes the older steps of the head.';

CREATE FUNCTION reward_outbox.pause_for_fault(p_trigger_id text, p_relay text, p_reason text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO reward_outbox.triggers AS t (trigger_id, paused_at, paused_by, paused_reason, probe_at)
  VALUES (p_trigger_id, clock_timestamp(), p_relay, p_reason, clock_timestamp() + interval '2 seconds')
  ON CONFLICT (trigger_id) DO UPDATE SET paused_at = excluded.paused_at, paused_by = excluded.paused_by, paused_reason = excluded.paused_reason,
    probe_at = excluded.probe_at, probes = 0
  WHERE t.paused_at IS NULL;
  RETURN FOUND;
END
$$;
COMMENT ON FUNCTION reward_outbox.pause_for_fault(text, text, text) IS 'A relay pauses a trigger that Reward does not know. Probes resume it.';

CREATE FUNCTION reward_outbox.trigger_accepted_since(p_trigger_id text, p_event_id uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  -- Of the last thousand events of the outbox: enough to judge the present, and bounded.
  SELECT EXISTS (
    SELECT FROM (SELECT o.id, o.trigger_id FROM reward_outbox.outbox o WHERE o.id > p_event_id ORDER BY o.id DESC LIMIT 1000) n
    JOIN reward_outbox.attempt_log a ON a.event_id = n.id AND a.outcome = 'accepted'
    WHERE n.trigger_id = p_trigger_id)
$$;
COMMENT ON FUNCTION reward_outbox.trigger_accepted_since(text, uuid) IS 'Whether Reward has accepted a later event of the trigger: then the trigger is known to it.';

CREATE FUNCTION reward_outbox.register_relay(p_name text, p_version text, p_concurrency integer) RETURNS integer
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO reward_outbox.relays (name, version, concurrency) VALUES (p_name, p_version, p_concurrency) RETURNING relay_no
$$;
COMMENT ON FUNCTION reward_outbox.register_relay(text, text, integer) IS 'A relay introduces itself.';

CREATE FUNCTION reward_outbox.heartbeat(p_relay_no integer, p_listener text, p_paused_reason text, p_stopped boolean) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  UPDATE reward_outbox.relays r
  SET seen_at = clock_timestamp(), listener = p_listener, paused_reason = p_paused_reason,
      paused_since = CASE WHEN p_paused_reason IS NULL THEN NULL ELSE coalesce(r.paused_since, clock_timestamp()) END,
      stopped_at = CASE WHEN p_stopped THEN clock_timestamp() END
  WHERE r.relay_no = p_relay_no
$$;
COMMENT ON FUNCTION reward_outbox.heartbeat(integer, text, text, boolean) IS 'A relay says that it lives, how it listens and whether it is paused.';
