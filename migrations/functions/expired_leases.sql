-- Expired leases: what nobody settled is returned, for its policy to be applied by settle_failed as
-- ambiguous; leases of which nothing is left are removed here. p_back_ms: leases that expired longer
-- ago were seen to by an earlier call; null: look at all. While a snapshot is pinned elsewhere, the
-- rows of leases long removed are still in the index, and this walks past them.
CREATE OR REPLACE FUNCTION reward_outbox.expired_leases(
  p_limit integer, p_back_ms double precision DEFAULT NULL
)
RETURNS TABLE (lease_id uuid, relay_no integer, event_id uuid, attempt integer, excused integer,
               at_most_once boolean, max_attempts integer, ordered boolean, age_ms double precision)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
  since timestamptz := coalesce(clock_timestamp() - p_back_ms * interval '1 millisecond', '-infinity');
BEGIN
  IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
    PERFORM reward_outbox.refuse_isolation();
  END IF;
  IF p_back_ms IS NULL THEN
    PERFORM reward_outbox.mend_waiting();
  END IF;
  DELETE FROM reward_outbox.claims d
  WHERE d.lease_id IN (
    SELECT c.lease_id FROM reward_outbox.claims c
    WHERE c.expires_at > since AND c.expires_at < clock_timestamp()
      AND NOT EXISTS (
        SELECT FROM unnest(c.event_ids, c.attempts) AS n(event_id, attempt)
        -- Not NOT EXISTS: that may become a join, which reads all attempts there are.
        WHERE (SELECT count(*) = 0
               FROM reward_outbox.attempt_log a
               WHERE a.event_id = n.event_id AND a.attempt = coalesce(n.attempt, 1)))
    ORDER BY c.expires_at LIMIT p_limit FOR UPDATE SKIP LOCKED);

  RETURN QUERY
  SELECT c.lease_id, c.relay_no, n.event_id, coalesce(n.attempt, 1), coalesce(s.excused, 0),
         coalesce(t.mode = 'at_most_once', false), t.max_attempts,
         o.ordering_key IS NOT NULL, date_part('epoch', clock_timestamp() - c.claimed_at) * 1000
  FROM (SELECT e.*
        FROM reward_outbox.claims e
        WHERE e.expires_at > since AND e.expires_at < clock_timestamp()
        ORDER BY e.expires_at
        LIMIT p_limit) c
  CROSS JOIN LATERAL unnest(c.event_ids, c.attempts) AS n(event_id, attempt)
  CROSS JOIN LATERAL (
    SELECT e.seq, e.ordering_key, e.trigger_id
    FROM reward_outbox.outbox e
    WHERE e.id = n.event_id
    OFFSET 0
  ) o
  LEFT JOIN LATERAL (
    SELECT k.excused
    FROM reward_outbox.event_states k
    WHERE k.event_id = n.event_id
    OFFSET 0
  ) s ON true
  LEFT JOIN LATERAL (
    SELECT p.mode, p.max_attempts
    FROM reward_outbox.triggers p
    WHERE p.trigger_id = o.trigger_id
    OFFSET 0
  ) t ON true
  WHERE (SELECT count(*) = 0
         FROM reward_outbox.attempt_log a
         WHERE a.event_id = n.event_id AND a.attempt = coalesce(n.attempt, 1))
  ORDER BY c.expires_at, o.seq;
END
$$;
COMMENT ON FUNCTION reward_outbox.expired_leases(integer, double precision) IS
  'Events under expired leases: each may have been sent.';
