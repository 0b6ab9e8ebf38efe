-- p_counts: attempts by outcome, in the order of attempt_outcome.
CREATE OR REPLACE FUNCTION reward_outbox.record_sample(
  p_relay_no  integer,
  p_sample_no integer,
  p_age_ms    double precision,
  p_span_ms   double precision,
  p_counts    integer[],
  p_latency   integer[]
) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO reward_outbox.relay_samples
    (relay_no, sample_no, at, span_ms, accepted, refused, not_sent, ambiguous, latency)
  VALUES (p_relay_no, p_sample_no, clock_timestamp() - p_age_ms * interval '1 millisecond',
          greatest(p_span_ms, 1)::integer, p_counts[1], p_counts[2], p_counts[3], p_counts[4], p_latency)
  ON CONFLICT (relay_no, sample_no) DO NOTHING
$$;
COMMENT ON FUNCTION reward_outbox.record_sample(integer, integer, double precision, double precision,
                                                integer[], integer[])
  IS 'A relay says what it did in a span that ended p_age_ms ago. Repeatable.';
