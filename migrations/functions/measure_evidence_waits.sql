-- Twice what the slowest receipt in a hundred takes, from 5 seconds to an hour; a quarter of an hour until
-- twenty were measured.
CREATE OR REPLACE FUNCTION reward_outbox.measure_evidence_waits() RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH measured AS MATERIALIZED (
    SELECT t.trigger_id,
           CASE WHEN d.measured >= 20
                THEN least(interval '1 hour',
                           greatest(interval '5 seconds', 2 * d.p99_ms * interval '1 millisecond'))
                ELSE interval '15 minutes' END AS wait
    FROM reward_outbox.triggers t
    CROSS JOIN LATERAL reward_outbox.webhook_delays(t.trigger_id) d
    WHERE t.evidence_wait IS NOT NULL
  )
  UPDATE reward_outbox.triggers t
  SET evidence_wait = m.wait
  FROM measured m
  WHERE t.trigger_id = m.trigger_id AND t.evidence_wait IS NOT NULL AND t.evidence_wait <> m.wait
$$;
COMMENT ON FUNCTION reward_outbox.measure_evidence_waits() IS
  'How long retries wait for a receipt, of triggers whose do, by how long receipts take.';
