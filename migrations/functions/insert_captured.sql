CREATE OR REPLACE FUNCTION reward_outbox.insert_captured(
  t reward_outbox.tried_row, p_source text
) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM reward_outbox.outbox o WHERE o.captured_key = t.idempotency_key) THEN
    RETURN false;
  END IF;
  INSERT INTO reward_outbox.outbox
    (trigger_id, user_id, payload, captured_key, ordering_key, deliver_after, metadata, source)
  VALUES (t.trigger_id, t.user_id, t.payload, t.idempotency_key, t.ordering_key, t.deliver_after, t.metadata,
          p_source);
  RETURN true;
END
$$;
COMMENT ON FUNCTION reward_outbox.insert_captured(reward_outbox.tried_row, text) IS
  'Part of replay_watch_errors() and backfill_step(): false, if an event with its key was captured before.';
