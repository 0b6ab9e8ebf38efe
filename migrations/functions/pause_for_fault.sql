CREATE OR REPLACE FUNCTION reward_outbox.pause_for_fault(p_trigger_id text, p_relay text, p_reason text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO reward_outbox.triggers AS t (trigger_id, paused_at, paused_by, paused_reason, probe_at)
  VALUES (p_trigger_id, clock_timestamp(), p_relay, p_reason, clock_timestamp() + interval '2 seconds')
  ON CONFLICT (trigger_id) DO UPDATE SET paused_at = excluded.paused_at, paused_by = excluded.paused_by, paused_reason = excluded.paused_reason,
    probe_at = excluded.probe_at, probes = 0
  WHERE t.paused_at IS NULL;
  RETURN FOUND;
END
$$;
COMMENT ON FUNCTION reward_outbox.pause_for_fault(text, text, text) IS 'A relay pauses a trigger that Reward does not know. Probes resume it.';
