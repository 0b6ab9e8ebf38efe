CREATE OR REPLACE FUNCTION reward_outbox.resolve_event(
  p_event_id uuid, p_delivered boolean, p_reason text, p_actor text DEFAULT NULL
)
RETURNS TABLE (event_id uuid, done boolean, was text, refused text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
  s reward_outbox.event_states;
BEGIN
  PERFORM reward_outbox.lock_head();
  SELECT * INTO s FROM reward_outbox.event_states x WHERE x.event_id = p_event_id FOR UPDATE;
  event_id := p_event_id;
  was := coalesce(s.status::text, (SELECT v.status FROM reward_outbox.events v WHERE v.id = p_event_id));
  refused := reward_outbox.refusal_code(
    CASE WHEN p_delivered THEN 'resolve_delivered' ELSE 'resolve_not_delivered' END, was, false, false,
      false);
  done := refused IS NULL;
  IF done THEN
    UPDATE reward_outbox.event_states x
    SET status = CASE WHEN p_delivered THEN 'delivered' ELSE 'pending' END::reward_outbox.event_status,
        changed_at = clock_timestamp(),
        next_attempt_at = clock_timestamp(),
        excused = x.attempts,
        reason = CASE WHEN p_delivered THEN 'resolved as delivered: ' || p_reason END,
        blocked = CASE WHEN p_delivered THEN false ELSE x.blocked END
    WHERE x.event_id = p_event_id;
    IF p_delivered THEN
      PERFORM reward_outbox.release_next(ARRAY[s.ordering_key]);
    END IF;
    PERFORM reward_outbox.record_operation(p_actor, 'resolve', p_event_id, s.trigger_id, p_reason,
      jsonb_build_object('was', was, 'as', CASE WHEN p_delivered THEN 'delivered' ELSE 'not-delivered' END));
    PERFORM reward_outbox.wake_relays();
  END IF;
  RETURN NEXT;
END
$$;
COMMENT ON FUNCTION reward_outbox.resolve_event(uuid, boolean, text, text)
  IS 'A person found out what became of an uncertain event. Not delivered: it is sent again. Refused: see '
     'refusal_code().';
