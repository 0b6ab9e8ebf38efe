CREATE OR REPLACE FUNCTION reward_outbox.outbox_problem(
  p_trigger_id text, p_user_id text, p_payload jsonb, p_idempotency_key text, p_ordering_key text,
  p_deliver_after timestamptz, p_metadata jsonb
)
RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  rule text;
BEGIN
  PERFORM
    p_trigger_id::reward_outbox.valid_trigger_id,
    p_user_id::reward_outbox.valid_user_id,
    p_payload::reward_outbox.valid_payload,
    p_idempotency_key::reward_outbox.valid_idempotency_key,
    p_ordering_key::reward_outbox.valid_ordering_key,
    p_deliver_after::reward_outbox.valid_deliver_after,
    p_metadata::reward_outbox.valid_metadata;
  RETURN CASE WHEN p_trigger_id IS NULL THEN 'trigger_id is null' WHEN p_user_id IS NULL
              THEN 'user_id is null' WHEN p_payload IS NULL THEN 'payload is null' END;
EXCEPTION WHEN check_violation THEN
  GET STACKED DIAGNOSTICS rule = CONSTRAINT_NAME;
  RETURN rule;
END
$$;
COMMENT ON FUNCTION reward_outbox.outbox_problem(text, text, jsonb, text, text, timestamptz, jsonb) IS
  'Which rule of outbox an event would break; null: none.';
