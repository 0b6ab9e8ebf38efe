-- From the last 500 receipts of a trigger, out of the last 20,000 of all: how long after the
-- request each came, and how many there are that no request explains. A receipt goes with
-- the latest accepted request of its key within the day before it. Those of the last ten
-- minutes count as explained: their request may not be on record yet.
CREATE OR REPLACE FUNCTION reward_outbox.webhook_delays(
  p_trigger_id text,
  OUT measured integer, OUT unexplained integer, OUT median_ms double precision, OUT p99_ms double precision
)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET jit = off AS $$
  SELECT count(s.started_at)::integer,
         (count(*) FILTER (WHERE s.started_at IS NULL
                             AND r.received_at < clock_timestamp() - interval '10 minutes'))::integer,
         percentile_disc(0.5) WITHIN GROUP (ORDER BY d.ms),
         percentile_disc(0.99) WITHIN GROUP (ORDER BY d.ms)
  FROM (
    SELECT l.*
    FROM (
      SELECT n.*
      FROM reward_outbox.receipts n
      ORDER BY n.received_at DESC
      LIMIT 20000
    ) l
    WHERE l.kind = 'event' AND l.trigger_id = p_trigger_id
    LIMIT 500
  ) r
  LEFT JOIN LATERAL (
    SELECT max(a.started_at) AS started_at
    FROM (
      SELECT o.id
      FROM reward_outbox.outbox o
      WHERE o.user_id = r.user_id
        AND o.trigger_id = r.trigger_id
        AND reward_outbox.comparable((o.payload ->> 'value')::numeric)
            IS NOT DISTINCT FROM reward_outbox.comparable(r.value)
      ORDER BY o.id DESC
      LIMIT 50
    ) e
    -- By one look into the index, as in claim().
    CROSS JOIN LATERAL (
      SELECT l.started_at
      FROM reward_outbox.attempt_log l
      WHERE l.event_id = e.id AND l.outcome IN ('accepted', 'ambiguous')
      OFFSET 0
    ) a
    WHERE a.started_at BETWEEN r.received_at - interval '1 day' AND r.received_at + interval '5 seconds'
  ) s ON true
  CROSS JOIN LATERAL (
    SELECT greatest(0, date_part('epoch', r.received_at - s.started_at) * 1000) AS ms
  ) d
$$;
COMMENT ON FUNCTION reward_outbox.webhook_delays(text) IS
  'How long receipts of a trigger take to come, and how many of them no request explains.';
