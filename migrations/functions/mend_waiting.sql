-- What is looked for here is never missing. If it were, events would wait
-- for ever, so it is looked for all the same.
CREATE OR REPLACE FUNCTION reward_outbox.mend_waiting() RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET jit = off AS $$
BEGIN
  WITH RECURSIVE hop AS (
    (SELECT s.trigger_id, s.next_attempt_at
     FROM reward_outbox.event_states s
     WHERE s.status = 'pending' AND NOT s.blocked
     ORDER BY s.trigger_id, s.next_attempt_at
     LIMIT 1)
    UNION ALL
    SELECT n.trigger_id, n.next_attempt_at
    FROM hop
    CROSS JOIN LATERAL (
      SELECT s.trigger_id, s.next_attempt_at
      FROM reward_outbox.event_states s
      WHERE s.status = 'pending' AND NOT s.blocked AND s.trigger_id > hop.trigger_id
      ORDER BY s.trigger_id, s.next_attempt_at
      LIMIT 1
    ) n
  )
  INSERT INTO reward_outbox.waiting_triggers (trigger_id, look_at)
  SELECT hop.trigger_id, hop.next_attempt_at
  FROM hop
  WHERE NOT EXISTS (SELECT FROM reward_outbox.waiting_triggers w WHERE w.trigger_id = hop.trigger_id)
  ORDER BY hop.trigger_id
  ON CONFLICT DO NOTHING;
END
$$;
COMMENT ON FUNCTION reward_outbox.mend_waiting() IS
  'Part of expired_leases(): every trigger of which events wait is in waiting_triggers, even if that was '
  'lost.';
