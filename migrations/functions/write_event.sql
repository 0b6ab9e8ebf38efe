-- An event that an operator writes: a test, or another one corrected. The one it was made from and
-- the new one name each other on record. p_of: the event it was made from; null: none.
CREATE OR REPLACE FUNCTION reward_outbox.write_event(
  p_trigger_id       text,
  p_user_id          text,
  p_payload          jsonb,
  p_of               uuid,
  p_allow_duplicates boolean,
  p_reason           text,
  p_actor            text
) RETURNS TABLE (event_id uuid, refused text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
  old_status     text;
  old_key        text;
  old_metadata   jsonb;
  may_be_applied boolean;
BEGIN
  IF p_of IS NOT NULL THEN
    SELECT v.status, o.ordering_key, o.metadata,
           EXISTS (SELECT FROM reward_outbox.attempt_log l
                   WHERE l.event_id = o.id AND l.outcome IN ('accepted', 'ambiguous'))
    INTO old_status, old_key, old_metadata, may_be_applied
    FROM reward_outbox.outbox o
    JOIN reward_outbox.events v ON v.id = o.id
    WHERE o.id = p_of;
    refused := CASE
      WHEN old_status IS NULL THEN 'no_such_event'
      WHEN p_allow_duplicates THEN NULL
      WHEN old_status IN ('pending', 'sending') THEN 'still_to_be_sent'
      WHEN may_be_applied OR old_status = 'delivered' THEN 'may_be_applied'
    END;
    IF refused IS NOT NULL THEN
      RETURN NEXT;
      RETURN;
    END IF;
  END IF;
  INSERT INTO reward_outbox.outbox AS n (trigger_id, user_id, payload, ordering_key, metadata)
  VALUES (p_trigger_id, p_user_id, p_payload, old_key, old_metadata)
  RETURNING n.id INTO event_id;
  IF p_of IS NULL THEN
    PERFORM reward_outbox.record_operation(p_actor, 'test', event_id, p_trigger_id, p_reason, NULL);
  ELSE
    PERFORM reward_outbox.record_operation(p_actor, 'resend', event_id, p_trigger_id, p_reason,
      jsonb_build_object('of', p_of, 'allow_duplicates', p_allow_duplicates));
    PERFORM reward_outbox.record_operation(p_actor, 'resent', p_of, p_trigger_id, p_reason,
      jsonb_build_object('as', event_id));
  END IF;
  RETURN NEXT;
END
$$;
COMMENT ON FUNCTION reward_outbox.write_event(text, text, jsonb, uuid, boolean, text, text)
  IS 'A new event by an operator: a test, or another event corrected. Refused: why not, as a code.';
