-- A key is a trigger, a user and a value: events that are alike in it cannot be told apart by receipts.
-- Bounded: the last 1000 events of the key among the last 20,000 of the user, and as many receipts. Beyond
-- that "whole" is false, and nothing follows from it. Times are milliseconds since 1970.
CREATE OR REPLACE FUNCTION reward_outbox.key_evidence(p_event_id uuid) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET jit = off AS $$
  WITH asked AS MATERIALIZED (
    SELECT o.trigger_id, o.user_id, reward_outbox.comparable((o.payload ->> 'value')::numeric) AS value
    FROM reward_outbox.outbox o
    WHERE o.id = p_event_id
  ), of_user AS MATERIALIZED (
    SELECT o.id, o.trigger_id, o.payload
    FROM asked k
    CROSS JOIN LATERAL (
      SELECT n.id, n.trigger_id, n.payload
      FROM reward_outbox.outbox n
      WHERE n.user_id = k.user_id
      ORDER BY n.id DESC
      LIMIT 20000
    ) o
  ), alike AS MATERIALIZED (
    SELECT o.id
    FROM asked k
    JOIN of_user o ON o.trigger_id = k.trigger_id
      AND reward_outbox.comparable((o.payload ->> 'value')::numeric) IS NOT DISTINCT FROM k.value
    ORDER BY o.id DESC
    LIMIT 1000
  ), sends AS MATERIALIZED (
    SELECT a.event_id, a.attempt, min(a.started_at) AS started_at,
           bool_or(a.outcome = 'accepted') AS accepted,
           -- Decided to be delivered, by a person or by receipts, with no
           -- accepted attempt: its last one counts as that.
           coalesce(s.status = 'delivered', false)
             AND NOT bool_or(bool_or(a.outcome = 'accepted')) OVER (PARTITION BY a.event_id)
             AND a.attempt = max(a.attempt) OVER (PARTITION BY a.event_id) AS decided
    FROM alike e
    -- By one look into the index each, as in claim().
    CROSS JOIN LATERAL (
      SELECT l.event_id, l.attempt, l.started_at, l.outcome
      FROM reward_outbox.attempt_log l
      WHERE l.event_id = e.id AND l.outcome IN ('accepted', 'ambiguous')
      OFFSET 0
    ) a
    LEFT JOIN LATERAL (
      SELECT k.status
      FROM reward_outbox.event_states k
      WHERE k.event_id = e.id
      OFFSET 0
    ) s ON true
    GROUP BY a.event_id, a.attempt, s.status
  ), received AS MATERIALIZED (
    SELECT r.received_at
    FROM asked k
    CROSS JOIN LATERAL (
      SELECT n.received_at, n.value
      FROM reward_outbox.receipts n
      WHERE n.kind = 'event' AND n.user_id = k.user_id AND n.trigger_id = k.trigger_id
      ORDER BY n.received_at DESC
      LIMIT 20000
    ) r
    WHERE reward_outbox.comparable(r.value) IS NOT DISTINCT FROM k.value
    ORDER BY r.received_at DESC
    LIMIT 2000
  )
  SELECT jsonb_build_object(
    'trigger_id', k.trigger_id,
    'whole', (SELECT count(*) FROM of_user) < 20000 AND (SELECT count(*) FROM alike) < 1000
             AND (SELECT count(*) FROM received) < 2000,
    'sends', (SELECT coalesce(jsonb_agg(jsonb_build_object(
                'event_id', s.event_id, 'attempt', s.attempt, 'accepted', s.accepted OR s.decided,
                'at', floor(date_part('epoch', s.started_at) * 1000)) ORDER BY s.started_at), '[]')
                FROM sends s),
    'ended', (SELECT jsonb_build_object('http_status', a.http_status, 'error_code', a.error_code)
              FROM reward_outbox.attempt_log a
              WHERE a.event_id = p_event_id AND a.outcome = 'ambiguous'
              ORDER BY a.attempt DESC
              LIMIT 1),
    'receipts',
    (SELECT coalesce(jsonb_agg(floor(date_part('epoch', r.received_at) * 1000) ORDER BY r.received_at), '[]')
                 FROM received r),
    'now', floor(date_part('epoch', clock_timestamp()) * 1000))
  FROM asked k
$$;
COMMENT ON FUNCTION reward_outbox.key_evidence(uuid) IS
  'What was sent and what Reward says it recorded for the trigger, user and value of an event. Null: there '
  'is no such event.';
