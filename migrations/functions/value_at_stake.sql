-- What events that are not simply delivered are worth: the sum of payload.value, exactly. Bounded: of each
-- kind the latest 10,000 events, and 64 MiB of payloads; "whole" is false where there are more. One row for
-- each kind and, beside it, one for each of the 20 triggers with the most at stake. Overdue: due for more
-- than a minute. Possibly doubled: within 7 days Reward accepted it, and another attempt of it was ambiguous.
CREATE OR REPLACE FUNCTION reward_outbox.value_at_stake()
RETURNS TABLE (kind text, trigger_id text, events integer, value text, whole boolean)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET jit = off AS $$
  WITH named AS (
    -- Constants: with a status from elsewhere no index of a part of the table can be used.
    (SELECT 'dead' AS kind, s.event_id
     FROM reward_outbox.event_states s
     WHERE s.status = 'dead'
     ORDER BY s.event_id DESC
     LIMIT 10001)
    UNION ALL
    (SELECT 'uncertain', s.event_id
     FROM reward_outbox.event_states s
     WHERE s.status = 'uncertain'
     ORDER BY s.event_id DESC
     LIMIT 10001)
    UNION ALL
    SELECT 'overdue', o.event_id
    FROM (
      -- In two parts, for each of which there is an index of its own.
      (SELECT s.event_id
       FROM reward_outbox.event_states s
       WHERE s.status = 'pending'
         AND NOT s.blocked
         AND s.next_attempt_at < clock_timestamp() - interval '1 minute'
       LIMIT 10001)
      UNION ALL
      (SELECT s.event_id
       FROM reward_outbox.event_states s
       WHERE s.status = 'pending'
         AND s.blocked
         AND s.ordering_key IS NOT NULL
         AND s.next_attempt_at < clock_timestamp() - interval '1 minute'
       LIMIT 10001)
      UNION ALL
      (SELECT u.id
       FROM reward_outbox.unread u
       WHERE coalesce(u.deliver_after, u.created_at) < clock_timestamp() - interval '1 minute'
         AND NOT EXISTS (SELECT FROM reward_outbox.event_states s WHERE s.event_id = u.id)
       LIMIT 10001)
    ) o
    UNION ALL
    SELECT 'possibly_doubled', d.event_id
    FROM (
      SELECT DISTINCT a.event_id
      FROM (
        SELECT l.event_id, l.attempt
        FROM reward_outbox.attempt_log l
        WHERE l.outcome = 'ambiguous' AND l.started_at > clock_timestamp() - interval '7 days'
        ORDER BY l.started_at DESC
        LIMIT 10001
      ) a
      WHERE (
        SELECT count(*) > 0
        FROM reward_outbox.attempt_log c
        WHERE c.event_id = a.event_id AND c.outcome = 'accepted' AND c.attempt <> a.attempt)
    ) d
  ), numbered AS (
    SELECT n.kind, o.trigger_id, o.payload,
           row_number() OVER w AS place,
           sum(pg_column_size(o.payload)) OVER w AS bytes
    FROM named n
    -- By one look into the index, as in claim().
    CROSS JOIN LATERAL (
      SELECT e.id, e.trigger_id, e.payload
      FROM reward_outbox.outbox e
      WHERE e.id = n.event_id
      OFFSET 0
    ) o
    WINDOW w AS (PARTITION BY n.kind ORDER BY o.id DESC)
  ), counted AS (
    SELECT n.kind, n.trigger_id,
           n.place <= 10000 AND n.bytes <= 67108864 AS is_counted,
           CASE WHEN n.place <= 10000 AND n.bytes <= 67108864
                THEN (n.payload ->> 'value')::numeric END AS value
    FROM numbered n
  ), summed AS (
    SELECT c.kind, c.trigger_id,
           (count(*) FILTER (WHERE c.is_counted))::integer AS events,
           coalesce(sum(c.value), 0) AS value,
           bool_and(c.is_counted) AS whole
    FROM counted c
    GROUP BY GROUPING SETS ((c.kind), (c.kind, c.trigger_id))
  )
  SELECT r.kind, r.trigger_id, r.events, r.value::text, r.whole
  FROM (
    SELECT s.*, row_number() OVER w AS place
    FROM summed s
    WINDOW w AS (PARTITION BY s.kind, s.trigger_id IS NULL ORDER BY abs(s.value) DESC, s.trigger_id)
  ) r
  WHERE r.place <= 20
  ORDER BY r.kind, r.trigger_id IS NOT NULL, r.place
$$;
COMMENT ON FUNCTION reward_outbox.value_at_stake() IS
  'What dead, uncertain, overdue and possibly doubled events are worth, in all and by trigger.';
