-- Of the ten triggers with the most receipts of a day: how many no request explains. Costs some tenths of a
-- second with many receipts, so relays do it once a minute, one on behalf of all, and whoever wants to know
-- reads the result.
CREATE OR REPLACE FUNCTION reward_outbox.measure_unexplained_receipts() RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET jit = off AS $$
  WITH most AS MATERIALIZED (
    SELECT l.trigger_id
    FROM (
      SELECT r.trigger_id, r.kind
      FROM reward_outbox.receipts r
      WHERE r.received_at > clock_timestamp() - interval '1 day'
      ORDER BY r.received_at DESC
      LIMIT 20000
    ) l
    WHERE l.kind = 'event'
    GROUP BY l.trigger_id
    ORDER BY count(*) DESC, l.trigger_id
    LIMIT 10
  ), measured AS MATERIALIZED (
    SELECT m.trigger_id, d.measured, d.unexplained
    FROM most m
    CROSS JOIN LATERAL reward_outbox.webhook_delays(m.trigger_id) d
    WHERE d.unexplained > 0
  ), gone AS (
    DELETE FROM reward_outbox.unexplained_receipts u
    WHERE NOT EXISTS (SELECT FROM measured m WHERE m.trigger_id = u.trigger_id)
  )
  INSERT INTO reward_outbox.unexplained_receipts AS u (trigger_id, explained, unexplained)
  SELECT m.trigger_id, m.measured, m.unexplained
  FROM measured m
  ON CONFLICT (trigger_id) DO UPDATE
  SET explained = excluded.explained, unexplained = excluded.unexplained, measured_at = clock_timestamp()
$$;
COMMENT ON FUNCTION reward_outbox.measure_unexplained_receipts() IS
  'Counts receipts that no request explains, trigger by trigger, for those who read unexplained_receipts.';
