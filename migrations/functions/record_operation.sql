-- What operators decide: retry, cancel, resolve, pause, policy, adopt, prune. Each is
-- one function, recorded in operations with who and why. p_actor: a person's name
-- where a shared role is used; the database role is recorded in any case.
-- p_run: the run over many events that it is part of; null: none.
CREATE OR REPLACE FUNCTION reward_outbox.record_operation(
  p_actor      text,
  p_action     text,
  p_event_id   uuid,
  p_trigger_id text,
  p_reason     text,
  p_detail     jsonb,
  p_run        bigint DEFAULT NULL
) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  decision reward_outbox.operations;
BEGIN
  INSERT INTO reward_outbox.operations AS n (actor, action, event_id, trigger_id, reason, detail, run_no)
  VALUES (coalesce(nullif(p_actor, '') || ' (' || session_user || ')', session_user),
          p_action, p_event_id, p_trigger_id, p_reason, p_detail, p_run)
  RETURNING n.* INTO decision;
  PERFORM reward_outbox.chain_decision(decision);
END
$$;
COMMENT ON FUNCTION reward_outbox.record_operation(text, text, uuid, text, text, jsonb, bigint)
  IS 'Part of the operators'' functions.';
