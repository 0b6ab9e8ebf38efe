CREATE OR REPLACE FUNCTION reward_outbox.pause_for_fault(
  p_trigger_id     text,
  p_relay          text,
  p_code           text,
  p_reason         text,
  p_probe_every_ms double precision
)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  wait interval := p_probe_every_ms * interval '1 millisecond';
BEGIN
  INSERT INTO reward_outbox.triggers AS t
    (trigger_id, paused_at, paused_by, paused_code, paused_reason, probe_at, probe_every)
  VALUES (p_trigger_id, clock_timestamp(), p_relay, p_code, p_reason, clock_timestamp() + wait, wait)
  ON CONFLICT (trigger_id) DO UPDATE
  SET paused_at = excluded.paused_at,
      paused_by = excluded.paused_by,
      paused_code = excluded.paused_code,
      paused_reason = excluded.paused_reason,
      probe_at = excluded.probe_at,
      probe_every = excluded.probe_every,
      probes = 0
  WHERE t.paused_at IS NULL;
  RETURN FOUND;
END
$$;
COMMENT ON FUNCTION reward_outbox.pause_for_fault(text, text, text, text, double precision) IS
  'A relay pauses a trigger for a fault of the configuration. One event is tried again now and then; an '
  'accepted one resumes it.';
