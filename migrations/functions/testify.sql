-- What a relay remembers of its last results, given to a database that may have lost them. Telling the
-- truth twice changes nothing: what was accepted goes on record as late successes do, and is not sent
-- again; what was ambiguous counts as an attempt; what no longer exists is listed for a person.
-- p_results: {event_id, trigger_id, user_id, attempt, outcome,
-- http_status, error_code, error_message, duration_ms, age_ms} each.
-- p_same_outbox: events that are not here are missing; otherwise they may be another outbox's.
CREATE OR REPLACE FUNCTION reward_outbox.testify(
  p_relay_no integer, p_relay text, p_results jsonb, p_same_outbox boolean, OUT recorded integer,
  OUT missing integer
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_hashjoin = off
  SET enable_mergejoin = off SET jit = off AS $$
DECLARE
  ended_keys text[];
  written    reward_outbox.attempt_log[];
BEGIN
  PERFORM reward_outbox.lock_head();
  WITH remembered AS (
    SELECT r.*, clock_timestamp() - r.age_ms * interval '1 millisecond' AS sent_at
    FROM jsonb_to_recordset(p_results) AS r(event_id uuid, trigger_id text, user_id text, attempt integer,
                                            outcome reward_outbox.attempt_outcome,
                                            http_status integer, error_code text, error_message text,
                                            duration_ms integer, age_ms double precision)
  ), logged AS (
    INSERT INTO reward_outbox.attempt_log AS l (event_id, started_at, attempt, duration_ms, relay_no,
                                                http_status, outcome, error_code, error_message)
    SELECT r.event_id, r.sent_at, r.attempt, r.duration_ms, p_relay_no, r.http_status, r.outcome,
           r.error_code, r.error_message
    FROM remembered r JOIN reward_outbox.outbox o ON o.id = r.event_id
    -- What a claim here still names is reaped when that ends. A failure on record by then would pass for
    -- settled, and nothing would ever move the event on.
    WHERE r.outcome = 'accepted'
       OR NOT EXISTS (SELECT FROM reward_outbox.claims c WHERE r.event_id = ANY (c.event_ids))
    ON CONFLICT DO NOTHING
    RETURNING l.event_id, l.outcome, l AS attempt
  ), delivered AS (
    DELETE FROM reward_outbox.event_states s USING logged l
    WHERE l.event_id = s.event_id AND l.outcome = 'accepted'
    RETURNING s.ordering_key
  ), attempted AS (
    UPDATE reward_outbox.event_states s
    SET attempts = greatest(s.attempts, r.attempt),
        status = CASE WHEN r.unknown AND t.mode = 'at_most_once' AND s.status = 'pending' THEN 'uncertain'
                      ELSE s.status END,
        changed_at = clock_timestamp()
    FROM (SELECT event_id, max(attempt) AS attempt, bool_or(outcome = 'ambiguous') AS unknown
          FROM remembered
          GROUP BY event_id
          HAVING NOT bool_or(outcome = 'accepted')) r
    JOIN reward_outbox.outbox o ON o.id = r.event_id
    LEFT JOIN reward_outbox.triggers t ON t.trigger_id = o.trigger_id
    WHERE s.event_id = r.event_id AND s.attempts < r.attempt
  ), gone AS (
    INSERT INTO reward_outbox.missing_events (event_id, attempt, outcome, trigger_id, user_id, http_status,
                                              sent_at, reported_by)
    SELECT r.event_id, r.attempt, r.outcome, r.trigger_id, r.user_id, r.http_status, r.sent_at, p_relay
    FROM remembered r
    WHERE p_same_outbox AND r.outcome IN ('accepted', 'ambiguous')
      AND NOT EXISTS (SELECT FROM reward_outbox.outbox o WHERE o.id = r.event_id)
    ON CONFLICT DO NOTHING
    RETURNING 1
  )
  SELECT (SELECT count(*) FROM logged), (SELECT count(*) FROM gone),
         (SELECT array_agg(g.attempt) FROM logged g),
         (SELECT array_agg(d.ordering_key) FILTER (WHERE d.ordering_key IS NOT NULL) FROM delivered d)
  INTO recorded, missing, written, ended_keys;
  PERFORM reward_outbox.leave_for_chain(w.relay_no, w.outcome, array_agg(w.event_id), array_agg(w.attempt))
  FROM unnest(written) w
  GROUP BY w.relay_no, w.outcome;
  -- No claim may send what was accepted, even where it is still to be read.
  PERFORM reward_outbox.keep_unread(array_agg(w.event_id))
  FROM unnest(written) w
  WHERE w.outcome = 'accepted';
  IF ended_keys IS NOT NULL THEN
    PERFORM reward_outbox.release_next(ended_keys);
  END IF;
END
$$;
COMMENT ON FUNCTION reward_outbox.testify(integer, text, jsonb, boolean) IS
  'A relay tells what it sent: nothing of it is sent again without a person knowing.';
