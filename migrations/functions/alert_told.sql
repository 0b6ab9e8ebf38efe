CREATE OR REPLACE FUNCTION reward_outbox.alert_told(p_status text, p_code text, p_subject text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  LOCK TABLE reward_outbox.alert_message_turn IN SHARE UPDATE EXCLUSIVE MODE;
  IF p_status = 'over' THEN
    DELETE FROM reward_outbox.alerts a
    WHERE a.code = p_code AND a.subject = coalesce(p_subject, '') AND a.over_at IS NOT NULL;
    -- It came back while the receiver was told that it was over.
    UPDATE reward_outbox.alerts a SET told = false, fired_at = clock_timestamp(), try_at = clock_timestamp(),
      tries = 0
    WHERE a.code = p_code AND a.subject = coalesce(p_subject, '');
  ELSE
    UPDATE reward_outbox.alerts a SET told = true, try_at = CASE WHEN a.over_at IS NULL THEN NULL
                                                                 ELSE a.try_at END
    WHERE a.code = p_code AND a.subject = coalesce(p_subject, '') AND a.fired_at IS NOT NULL;
  END IF;
END
$$;
COMMENT ON FUNCTION reward_outbox.alert_told(text, text, text) IS 'The receiver has taken a message.';
