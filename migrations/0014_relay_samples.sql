-- What relays did, every few seconds: true rates and latencies without a walk over the record, for charts and for status. A relay writes one
-- row per heartbeat, and only when something happened. Nothing of it is needed for delivery.

CREATE TABLE reward_outbox.relay_samples (
  relay_no   integer     NOT NULL,
  sample_no  integer     NOT NULL,
  at         timestamptz NOT NULL,
  span_ms    integer     NOT NULL CHECK (span_ms > 0),
  accepted   integer     NOT NULL,
  refused    integer     NOT NULL,
  not_sent   integer     NOT NULL,
  ambiguous  integer     NOT NULL,
  latency    integer[],
  thinned    boolean     NOT NULL DEFAULT false,
  PRIMARY KEY (relay_no, sample_no)
);
CREATE INDEX relay_samples_at ON reward_outbox.relay_samples (at);
CREATE INDEX relay_samples_unthinned ON reward_outbox.relay_samples (at) WHERE NOT thinned;
COMMENT ON TABLE  reward_outbox.relay_samples IS 'How many attempts ended how, by relay and span of a few seconds; a span older than a day is a minute. Kept for 8 days by the relays themselves. Append-only.';
COMMENT ON COLUMN reward_outbox.relay_samples.relay_no IS 'The run of the relay, in relays.';
COMMENT ON COLUMN reward_outbox.relay_samples.sample_no IS 'Counted by the relay: one whose answer was lost is written again under the same number, and counts once.';
COMMENT ON COLUMN reward_outbox.relay_samples.at IS 'When the span ended, by the database''s clock.';
COMMENT ON COLUMN reward_outbox.relay_samples.span_ms IS 'How long the span was. Longer than a few seconds after an outage of the database, or when nothing happened for a while.';
COMMENT ON COLUMN reward_outbox.relay_samples.accepted IS 'Attempts that ended so within the span.';
COMMENT ON COLUMN reward_outbox.relay_samples.refused IS 'The same.';
COMMENT ON COLUMN reward_outbox.relay_samples.not_sent IS 'The same.';
COMMENT ON COLUMN reward_outbox.relay_samples.ambiguous IS 'The same; those that this relay wrote off for a silent one included.';
COMMENT ON COLUMN reward_outbox.relay_samples.latency IS 'Of the accepted ones, how many took from their insert (or deliver_after) to acceptance up to 1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1000, 2000, 5000, 10000, 30000, 60000, 300000, 1800000, 7200000 ms, and, last, longer. Null: none.';
COMMENT ON COLUMN reward_outbox.relay_samples.thinned IS 'Several spans of one minute, put together.';

CREATE FUNCTION reward_outbox.record_sample(p_relay_no integer, p_sample_no integer, p_age_ms double precision, p_span_ms double precision,
                                            p_accepted integer, p_refused integer, p_not_sent integer, p_ambiguous integer, p_latency integer[]) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO reward_outbox.relay_samples (relay_no, sample_no, at, span_ms, accepted, refused, not_sent, ambiguous, latency)
  VALUES (p_relay_no, p_sample_no, clock_timestamp() - p_age_ms * interval '1 millisecond', greatest(p_span_ms, 1)::integer,
          p_accepted, p_refused, p_not_sent, p_ambiguous, p_latency)
  ON CONFLICT (relay_no, sample_no) DO NOTHING
$$;
COMMENT ON FUNCTION reward_outbox.record_sample(integer, integer, double precision, double precision, integer, integer, integer, integer, integer[]) IS
  'A relay says what it did in a span that ended p_age_ms ago. Repeatable.';

-- One hour of one-minute rows per call, and a bounded delete: it catches up over several calls after a long stand-still, and is a matter of
-- milliseconds in between. Whoever finds somebody else at it leaves it to him.
CREATE FUNCTION reward_outbox.tidy_samples() RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET jit = off AS $$
DECLARE
  first  timestamptz;
  before timestamptz := date_trunc('minute', clock_timestamp() - interval '1 day');
BEGIN
  IF NOT pg_try_advisory_xact_lock(1380929362, 5) THEN
    RETURN;
  END IF;
  DELETE FROM reward_outbox.relay_samples s
  WHERE (s.relay_no, s.sample_no) IN (
    SELECT o.relay_no, o.sample_no FROM reward_outbox.relay_samples o WHERE o.at < clock_timestamp() - interval '8 days' ORDER BY o.at LIMIT 10000);

  SELECT date_trunc('minute', s.at) INTO first FROM reward_outbox.relay_samples s WHERE NOT s.thinned AND s.at < before ORDER BY s.at LIMIT 1;
  IF first IS NULL THEN
    RETURN;
  END IF;
  WITH fine AS (
    DELETE FROM reward_outbox.relay_samples s WHERE NOT s.thinned AND s.at >= first AND s.at < least(before, first + interval '1 hour') RETURNING s.*
  ), buckets AS (
    SELECT f.relay_no, date_trunc('minute', f.at) AS minute, b.n, sum(b.count)::integer AS count
    FROM fine f CROSS JOIN LATERAL unnest(f.latency) WITH ORDINALITY AS b(count, n) GROUP BY 1, 2, 3
  ), histograms AS (
    SELECT b.relay_no, b.minute, array_agg(b.count ORDER BY b.n) AS latency FROM buckets b GROUP BY 1, 2
  ), minutes AS (
    SELECT f.relay_no, date_trunc('minute', f.at) AS minute, min(f.sample_no) AS sample_no, max(f.at) AS at, sum(f.span_ms) AS span_ms,
           sum(f.accepted) AS accepted, sum(f.refused) AS refused, sum(f.not_sent) AS not_sent, sum(f.ambiguous) AS ambiguous
    FROM fine f GROUP BY 1, 2
  )
  INSERT INTO reward_outbox.relay_samples (relay_no, sample_no, at, span_ms, accepted, refused, not_sent, ambiguous, latency, thinned)
  SELECT m.relay_no, m.sample_no, m.at, least(m.span_ms, 2147483647)::integer, m.accepted::integer, m.refused::integer, m.not_sent::integer, m.ambiguous::integer,
         h.latency, true
  FROM minutes m LEFT JOIN histograms h USING (relay_no, minute);
END
$$;
COMMENT ON FUNCTION reward_outbox.tidy_samples() IS 'Thins samples older than a day to minutes and removes those older than 8 days, a bounded number per call.';

REVOKE ALL ON reward_outbox.relay_samples FROM PUBLIC;
REVOKE ALL ON FUNCTION reward_outbox.tidy_samples(),
  reward_outbox.record_sample(integer, integer, double precision, double precision, integer, integer, integer, integer, integer[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION reward_outbox.tidy_samples(),
  reward_outbox.record_sample(integer, integer, double precision, double precision, integer, integer, integer, integer, integer[]) TO reward_outbox_relay;
GRANT SELECT ON reward_outbox.relay_samples TO reward_outbox_auditor;
