-- What the clock has shown before it went back: p_from. What had come due by then is
-- due; a lease, a retry and a probe come when they would have come; what is not to be
-- sent before a certain time waits for that time, as the clock now has it.
CREATE OR REPLACE FUNCTION reward_outbox.clock_went_back(p_from timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  at  CONSTANT timestamptz := clock_timestamp();
  gap CONSTANT interval := p_from - clock_timestamp();
BEGIN
  PERFORM reward_outbox.lock_head();
  UPDATE reward_outbox.claims c
  SET claimed_at = c.claimed_at - gap, expires_at = c.expires_at - gap
  WHERE c.claimed_at > at;
  UPDATE reward_outbox.event_states s
  SET next_attempt_at = CASE WHEN s.next_attempt_at <= p_from THEN at ELSE s.next_attempt_at - gap END
  WHERE s.status = 'pending'
    AND s.next_attempt_at > at
    AND (s.next_attempt_at <= p_from OR s.attempts > 0);
  UPDATE reward_outbox.triggers t
  SET probe_at = CASE WHEN t.probe_at > at THEN t.probe_at - gap ELSE t.probe_at END,
      -- One that was never used is still full.
      refilled_at = CASE WHEN t.refilled_at > at THEN at ELSE t.refilled_at END
  WHERE t.probe_at > at OR t.refilled_at > at;
  UPDATE reward_outbox.waiting_triggers w
  SET look_at = at
  WHERE w.look_at > at AND isfinite(w.look_at);
END
$$;
COMMENT ON FUNCTION reward_outbox.clock_went_back(timestamptz) IS
  'Part of tidy(): the clock of the database was set back, and nothing waits for it to catch up.';
