CREATE OR REPLACE FUNCTION reward_outbox.retry_events(
  p_event_ids        uuid[],
  p_allow_duplicates boolean DEFAULT false,
  p_reason           text DEFAULT NULL,
  p_actor            text DEFAULT NULL,
  p_run              bigint DEFAULT NULL
) RETURNS TABLE (event_id uuid, done boolean, was text, refused text)
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
  SELECT *
  FROM reward_outbox.decide_events('retry', p_event_ids, p_allow_duplicates, p_reason, p_actor, p_run)
$$;
COMMENT ON FUNCTION reward_outbox.retry_events(uuid[], boolean, text, text, bigint)
  IS 'Back to pending, due at once, with a fresh budget of attempts. Refused: see refusal_code().';
