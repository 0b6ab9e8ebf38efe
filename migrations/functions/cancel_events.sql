CREATE OR REPLACE FUNCTION reward_outbox.cancel_events(
  p_event_ids uuid[],
  p_reason    text DEFAULT NULL,
  p_actor     text DEFAULT NULL,
  p_run       bigint DEFAULT NULL
) RETURNS TABLE (event_id uuid, done boolean, was text, refused text)
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
  SELECT * FROM reward_outbox.decide_events('cancel', p_event_ids, false, p_reason, p_actor, p_run)
$$;
COMMENT ON FUNCTION reward_outbox.cancel_events(uuid[], text, text, bigint)
  IS 'Pending, dead or uncertain events will not be sent (again). Refused: see refusal_code().';
