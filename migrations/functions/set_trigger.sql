-- p_changes: the settings to change, e.g. {"mode": "at_most_once",
-- "rate_per_second": null}. Null takes a limit away; what is not named stays.
CREATE OR REPLACE FUNCTION reward_outbox.set_trigger(
  p_trigger_id text, p_changes jsonb, p_actor text DEFAULT NULL
) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO reward_outbox.triggers (trigger_id) VALUES (p_trigger_id) ON CONFLICT (trigger_id) DO NOTHING;
  UPDATE reward_outbox.triggers t
  SET mode = CASE WHEN p_changes ? 'mode' THEN (p_changes ->> 'mode')::reward_outbox.delivery_mode ELSE t.mode
                  END,
      max_attempts = CASE WHEN p_changes ? 'max_attempts' THEN (p_changes ->> 'max_attempts')::integer
                          ELSE t.max_attempts END,
      rate_per_second = CASE WHEN p_changes ? 'rate_per_second'
                             THEN (p_changes ->> 'rate_per_second')::double precision ELSE t.rate_per_second
                               END,
      max_in_flight = CASE WHEN p_changes ? 'max_in_flight' THEN (p_changes ->> 'max_in_flight')::integer
                           ELSE t.max_in_flight END,
      auto_confirm = CASE WHEN p_changes ? 'auto_confirm' THEN (p_changes ->> 'auto_confirm')::boolean
                          ELSE t.auto_confirm END,
      evidence_wait = CASE p_changes ->> 'retry_ambiguous'
                        WHEN 'after_evidence' THEN coalesce(t.evidence_wait, interval '15 minutes')
                        WHEN 'at_once' THEN NULL
                        ELSE t.evidence_wait END,
      auto_resend = CASE WHEN p_changes ? 'auto_resend' THEN (p_changes ->> 'auto_resend')::boolean
                         ELSE t.auto_resend END,
      tokens = NULL, refilled_at = NULL
  WHERE t.trigger_id = p_trigger_id;
  PERFORM reward_outbox.record_operation(p_actor, 'set', NULL, p_trigger_id, NULL, p_changes);
  PERFORM reward_outbox.wake_relays();
END
$$;
COMMENT ON FUNCTION reward_outbox.set_trigger(text, jsonb, text) IS 'Changes a trigger''s policy.';
