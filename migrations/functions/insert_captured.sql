CREATE OR REPLACE FUNCTION reward_outbox.insert_captured(
  e reward_outbox.written_event, p_source text
) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM reward_outbox.outbox o WHERE o.captured_key = e.idempotency_key) THEN
    RETURN false;
  END IF;
  INSERT INTO reward_outbox.captured
  SELECT p_source, e.*;
  RETURN true;
END
$$;
COMMENT ON FUNCTION reward_outbox.insert_captured(reward_outbox.written_event, text) IS
  'Part of replay_watch_errors() and backfill_step(): false, if an event with its key was captured before.';
