-- Silence about a request says more where others that ended the same way are silent too: of up to 1000
-- ambiguous attempts of a trigger with this answer, out of the last 20,000 of all whose receipt should have
-- come by now, how many have one. p_horizon_ms: how long one may take.
CREATE OR REPLACE FUNCTION reward_outbox.doubts_alike(
  p_trigger_id text, p_http_status integer, p_error_code text, p_horizon_ms double precision,
  OUT ended integer, OUT heard integer
)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET jit = off AS $$
  WITH sample AS (
    SELECT o.user_id, o.payload, l.started_at
    FROM (
      SELECT a.event_id, a.started_at, a.http_status, a.error_code
      FROM reward_outbox.attempt_log a
      WHERE a.outcome = 'ambiguous'
        AND a.started_at < clock_timestamp() - p_horizon_ms * interval '1 millisecond'
      ORDER BY a.started_at DESC
      LIMIT 20000
    ) l
    -- By one look into the index, as in claim().
    CROSS JOIN LATERAL (
      SELECT e.user_id, e.payload
      FROM reward_outbox.outbox e
      WHERE e.id = l.event_id AND e.trigger_id = p_trigger_id
      OFFSET 0
    ) o
    WHERE l.http_status IS NOT DISTINCT FROM p_http_status
      AND l.error_code IS NOT DISTINCT FROM p_error_code
    LIMIT 1000
  )
  SELECT count(*)::integer,
         (count(*) FILTER (WHERE EXISTS (
           SELECT
           FROM reward_outbox.receipts r
           WHERE r.kind = 'event' AND r.user_id = s.user_id AND r.trigger_id = p_trigger_id
             AND r.received_at >= s.started_at - interval '5 seconds'
             AND r.received_at <= s.started_at + p_horizon_ms * interval '1 millisecond'
             AND reward_outbox.comparable(r.value)
                 IS NOT DISTINCT FROM reward_outbox.comparable((s.payload ->> 'value')::numeric))))::integer
  FROM sample s
$$;
COMMENT ON FUNCTION reward_outbox.doubts_alike(text, integer, text, double precision) IS
  'Of requests that ended the same way, and of which nobody knew whether they were applied: how many have a '
  'receipt.';
