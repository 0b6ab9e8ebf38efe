-- Of triggers that go by receipts: events of which nobody knows whether Reward applied them, where something
-- may follow from receipts now. Either one came since the attempt, or an hour has passed without one. In the
-- order of their ids, from p_after on; "looked" is how far the look came, null where nothing was left.
CREATE OR REPLACE FUNCTION reward_outbox.reconcilable_events(p_after uuid, p_limit integer)
RETURNS TABLE (event_id uuid, trigger_id text, status text, looked uuid)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET jit = off AS $$
  WITH chosen AS MATERIALIZED (
    SELECT t.trigger_id, t.auto_confirm, t.auto_resend
    FROM reward_outbox.triggers t
    WHERE t.auto_confirm OR t.auto_resend
  ), open AS MATERIALIZED (
    (SELECT s.event_id, s.trigger_id, s.status
     FROM reward_outbox.event_states s
     WHERE s.status = 'uncertain'
       AND s.event_id > coalesce(p_after, '00000000-0000-0000-0000-000000000000')
       AND EXISTS (SELECT FROM chosen)
     ORDER BY s.event_id
     LIMIT p_limit)
    UNION ALL
    -- Waiting for a retry: those due next of each trigger.
    (SELECT s.event_id, s.trigger_id, s.status
     FROM chosen c
     CROSS JOIN LATERAL (
       SELECT p.event_id, p.trigger_id, p.status
       FROM reward_outbox.event_states p
       WHERE p.trigger_id = c.trigger_id AND p.status = 'pending' AND NOT p.blocked AND p.attempts > 0
       ORDER BY p.next_attempt_at
       LIMIT 200
     ) s
     WHERE c.auto_confirm
     LIMIT p_limit)
  ), reach AS (
    SELECT (array_agg(o.event_id ORDER BY o.event_id DESC))[1] AS looked
    FROM open o
    WHERE o.status = 'uncertain'
  )
  SELECT o.event_id, o.trigger_id, o.status::text, r.looked
  FROM reach r
  LEFT JOIN open o
    JOIN chosen c ON c.trigger_id = o.trigger_id
    JOIN reward_outbox.outbox e ON e.id = o.event_id
    JOIN LATERAL (
      SELECT min(a.started_at) AS first_at, max(a.started_at) AS last_at
      FROM reward_outbox.attempt_log a
      WHERE a.event_id = o.event_id AND a.outcome = 'ambiguous'
    ) a ON a.first_at IS NOT NULL
      AND (c.auto_confirm AND EXISTS (
             SELECT
             FROM reward_outbox.receipts n
             WHERE n.kind = 'event' AND n.user_id = e.user_id AND n.trigger_id = e.trigger_id
               AND n.received_at >= a.first_at - interval '5 seconds'
               AND reward_outbox.comparable(n.value)
                   IS NOT DISTINCT FROM reward_outbox.comparable((e.payload ->> 'value')::numeric))
           OR c.auto_resend AND o.status = 'uncertain' AND a.last_at < clock_timestamp() - interval '1 hour')
    ON true
$$;
COMMENT ON FUNCTION reward_outbox.reconcilable_events(uuid, integer) IS
  'Events that receipts may decide now, of triggers that ask for it.';
