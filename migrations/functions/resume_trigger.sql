CREATE OR REPLACE FUNCTION reward_outbox.resume_trigger(
  p_trigger_id text, p_reason text DEFAULT NULL, p_actor text DEFAULT NULL
) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE reward_outbox.triggers t SET paused_at = NULL, paused_by = NULL, paused_reason = NULL,
    paused_code = NULL, probe_at = NULL, probes = 0
  WHERE t.trigger_id = p_trigger_id AND t.paused_at IS NOT NULL;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  PERFORM reward_outbox.record_operation(p_actor, 'resume', NULL, p_trigger_id, p_reason, NULL);
  PERFORM reward_outbox.wake_relays();
  RETURN true;
END
$$;
COMMENT ON FUNCTION reward_outbox.resume_trigger(text, text, text) IS
  'Ends a pause. False: it was not paused.';
