CREATE OR REPLACE FUNCTION reward_outbox.check_captured(e reward_outbox.captured_event) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  missing CONSTANT text := CASE WHEN e.trigger_id IS NULL THEN 'trigger_id'
                                WHEN e.user_id IS NULL THEN 'user_id'
                                WHEN e.payload IS NULL THEN 'payload' END;
BEGIN
  IF missing IS NOT NULL THEN
    RAISE EXCEPTION 'null value in column "%" of relation "outbox" violates not-null constraint', missing
      USING ERRCODE = 'not_null_violation', COLUMN = missing;
  END IF;
  PERFORM
    e.trigger_id::reward_outbox.valid_trigger_id,
    e.user_id::reward_outbox.valid_user_id,
    e.payload::reward_outbox.valid_payload,
    e.idempotency_key::reward_outbox.valid_idempotency_key,
    e.ordering_key::reward_outbox.valid_ordering_key,
    e.deliver_after::reward_outbox.valid_deliver_after,
    e.metadata::reward_outbox.valid_metadata;
END
$$;
COMMENT ON FUNCTION reward_outbox.check_captured(reward_outbox.captured_event) IS
  'Part of a rule: fails as the INSERT of the event would, before it is tried.';
