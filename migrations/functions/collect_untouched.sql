-- What is on record decides and not the position in reading order, because what was inserted between a
-- restore and its adoption carries transaction ids that mean nothing next to the restored ones.
-- p_since: only what that snapshot could not see; null: everything.
CREATE OR REPLACE FUNCTION reward_outbox.collect_untouched(p_since pg_snapshot) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO reward_outbox.event_states
    (event_id, seq, next_attempt_at, attempts, bytes, status, blocked, trigger_id, ordering_key, reason,
     duplicate_of)
  SELECT o.id, o.seq, greatest(o.deliver_after, o.created_at), coalesce(l.attempts, 0),
         reward_outbox.event_bytes(o.payload::text, o.user_id, o.trigger_id),
         CASE WHEN twin.id IS NOT NULL THEN 'cancelled'
              WHEN l.unknown AND t.mode = 'at_most_once' THEN 'uncertain'
              ELSE 'pending' END::reward_outbox.event_status,
         o.ordering_key IS NOT NULL AND twin.id IS NULL AND (
           row_number() OVER (PARTITION BY o.ordering_key, twin.id IS NULL ORDER BY o.seq) > 1
           OR EXISTS (SELECT FROM reward_outbox.event_states e
                      WHERE e.ordering_key = o.ordering_key
                        AND e.status IN ('pending', 'sending', 'uncertain'))),
         o.trigger_id, o.ordering_key,
         CASE WHEN twin.id IS NOT NULL THEN 'duplicate of ' || twin.id
           || ', which has the same idempotency key'
              WHEN l.unknown AND t.mode = 'at_most_once'
                THEN 'an attempt is on record that may have been applied' END,
         twin.id
  FROM reward_outbox.outbox o
  LEFT JOIN reward_outbox.triggers t ON t.trigger_id = o.trigger_id
  -- Attempts without a state are what relays remembered of a database that forgot the rest.
  LEFT JOIN LATERAL (
    SELECT max(a.attempt) AS attempts,
           bool_or(a.outcome = 'ambiguous') AS unknown,
           bool_or(a.outcome = 'accepted') AS accepted
    FROM reward_outbox.attempt_log a
    WHERE a.event_id = o.id
  ) l ON true
  -- Of events with the key of a captured one, the one that was inserted first. See twin_read_before().
  LEFT JOIN LATERAL (
    SELECT q.id
    FROM (
      SELECT c.id, c.seq FROM reward_outbox.outbox c WHERE c.captured_key = o.captured_key
      UNION ALL
      SELECT e.id, e.seq FROM reward_outbox.outbox e WHERE e.idempotency_key = o.captured_key
    ) q
    WHERE q.seq < o.seq
    ORDER BY q.seq
    LIMIT 1
  ) twin ON true
  WHERE (p_since IS NULL
         OR o.epoch = (SELECT i.epoch FROM reward_outbox.installation i)
            AND (o.xid >= pg_snapshot_xmax(p_since) OR o.xid = ANY (ARRAY(SELECT pg_snapshot_xip(p_since)))))
    AND NOT EXISTS (SELECT FROM reward_outbox.event_states s WHERE s.event_id = o.id)
    AND l.accepted IS NOT TRUE
    AND NOT EXISTS (SELECT FROM (SELECT unnest(c.event_ids) AS id FROM reward_outbox.claims c) k
                    WHERE k.id = o.id);
END
$$;
COMMENT ON FUNCTION reward_outbox.collect_untouched(pg_snapshot) IS
  'Part of adopt(): events of which nobody has anything left to do become rows in event_states.';
