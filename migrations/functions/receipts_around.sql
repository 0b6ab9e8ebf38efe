-- Silence says something only where others were heard: of up to 500 events of a trigger that
-- were accepted about then, how many have a receipt. p_horizon_ms: how long one may take.
CREATE OR REPLACE FUNCTION reward_outbox.receipts_around(
  p_trigger_id text, p_at timestamptz, p_horizon_ms double precision,
  OUT accepted integer, OUT confirmed integer
)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET jit = off AS $$
  WITH near AS (
    (SELECT o.id, o.user_id, o.trigger_id, o.payload
     FROM reward_outbox.outbox o
     WHERE o.id >= reward_outbox.event_id_at(p_at - interval '2 hours')
       AND o.id <= reward_outbox.event_id_at(p_at, 'f')
     ORDER BY o.id DESC
     LIMIT 5000)
    UNION ALL
    (SELECT o.id, o.user_id, o.trigger_id, o.payload
     FROM reward_outbox.outbox o
     WHERE o.id > reward_outbox.event_id_at(p_at, 'f')
       AND o.id <= reward_outbox.event_id_at(p_at + interval '2 hours', 'f')
     ORDER BY o.id
     LIMIT 5000)
  ), sample AS (
    SELECT n.user_id, n.trigger_id, n.payload, a.started_at
    FROM near n
    -- By one look into the index, as in claim().
    CROSS JOIN LATERAL (
      SELECT l.started_at
      FROM reward_outbox.attempt_log l
      WHERE l.event_id = n.id AND l.outcome = 'accepted'
      OFFSET 0
    ) a
    WHERE n.trigger_id = p_trigger_id
      AND a.started_at < clock_timestamp() - p_horizon_ms * interval '1 millisecond'
    LIMIT 500
  )
  SELECT count(*)::integer,
         (count(*) FILTER (WHERE EXISTS (
           SELECT
           FROM reward_outbox.receipts r
           WHERE r.kind = 'event' AND r.user_id = s.user_id AND r.trigger_id = s.trigger_id
             AND r.received_at >= s.started_at - interval '5 seconds'
             AND r.received_at <= s.started_at + p_horizon_ms * interval '1 millisecond'
             AND reward_outbox.comparable(r.value)
                 IS NOT DISTINCT FROM reward_outbox.comparable((s.payload ->> 'value')::numeric))))::integer
  FROM sample s
$$;
COMMENT ON FUNCTION reward_outbox.receipts_around(text, timestamptz, double precision) IS
  'How many of the events that were accepted about a time have a receipt.';
