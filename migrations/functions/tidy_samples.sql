-- One hour of one-minute rows per call, and a bounded delete: it catches up over
-- several calls after a long stand-still, and is a matter of milliseconds in
-- between. Whoever finds somebody else at it leaves it to them.
CREATE OR REPLACE FUNCTION reward_outbox.tidy_samples() RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET jit = off AS $$
DECLARE
  first  timestamptz;
  before timestamptz := date_trunc('minute', clock_timestamp() - interval '1 day');
BEGIN
  BEGIN
    LOCK TABLE reward_outbox.sample_turn IN SHARE UPDATE EXCLUSIVE MODE NOWAIT;
  EXCEPTION WHEN lock_not_available THEN
    RETURN;
  END;
  DELETE FROM reward_outbox.relay_samples s
  WHERE (s.relay_no, s.sample_no) IN (
    SELECT o.relay_no, o.sample_no
    FROM reward_outbox.relay_samples o
    WHERE o.at < clock_timestamp() - interval '8 days'
    ORDER BY o.at
    LIMIT 10000);

  SELECT date_trunc('minute', s.at)
  INTO first
  FROM reward_outbox.relay_samples s
  WHERE NOT s.thinned AND s.at < before
  ORDER BY s.at
  LIMIT 1;
  IF first IS NULL THEN
    RETURN;
  END IF;
  WITH fine AS (
    DELETE FROM reward_outbox.relay_samples s
    WHERE NOT s.thinned AND s.at >= first AND s.at < least(before, first + interval '1 hour')
    RETURNING s.*
  ), buckets AS (
    SELECT f.relay_no, date_trunc('minute', f.at) AS minute, b.n, sum(b.count)::integer AS count
    FROM fine f CROSS JOIN LATERAL unnest(f.latency) WITH ORDINALITY AS b(count, n) GROUP BY 1, 2, 3
  ), histograms AS (
    SELECT b.relay_no, b.minute, array_agg(b.count ORDER BY b.n) AS latency FROM buckets b GROUP BY 1, 2
  ), minutes AS (
    SELECT f.relay_no, date_trunc('minute', f.at) AS minute, min(f.sample_no) AS sample_no, max(f.at) AS at,
           sum(f.span_ms) AS span_ms,
           sum(f.accepted) AS accepted, sum(f.refused) AS refused, sum(f.not_sent) AS not_sent,
           sum(f.ambiguous) AS ambiguous
    FROM fine f GROUP BY 1, 2
  )
  INSERT INTO reward_outbox.relay_samples (relay_no, sample_no, at, span_ms, accepted, refused, not_sent,
                                           ambiguous, latency, thinned)
  SELECT m.relay_no, m.sample_no, m.at, least(m.span_ms, 2147483647)::integer, m.accepted::integer,
         m.refused::integer, m.not_sent::integer, m.ambiguous::integer,
         h.latency, true
  FROM minutes m LEFT JOIN histograms h USING (relay_no, minute);
END
$$;
COMMENT ON FUNCTION reward_outbox.tidy_samples() IS
  'Thins samples older than a day to minutes and removes those older than 8 days, a bounded number per call.';
