CREATE OR REPLACE FUNCTION reward_outbox.pause_trigger(
  p_trigger_id text, p_reason text, p_actor text DEFAULT NULL
) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO reward_outbox.triggers AS t (trigger_id, paused_at, paused_by, paused_reason)
  VALUES (p_trigger_id, clock_timestamp(), coalesce(p_actor, session_user), p_reason)
  ON CONFLICT (trigger_id) DO UPDATE
  SET paused_at = excluded.paused_at,
      paused_by = excluded.paused_by,
      paused_reason = excluded.paused_reason,
      paused_code = NULL,
      probe_at = NULL;
  PERFORM reward_outbox.record_operation(p_actor, 'pause', NULL, p_trigger_id, p_reason, NULL);
END
$$;
COMMENT ON FUNCTION reward_outbox.pause_trigger(text, text, text) IS
  'Nothing of this trigger is sent until it is resumed; its events stay pending.';
