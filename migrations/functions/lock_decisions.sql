CREATE OR REPLACE FUNCTION reward_outbox.lock_decisions(p_event_ids uuid[]) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
BEGIN
  LOCK TABLE reward_outbox.decision_turn IN SHARE UPDATE EXCLUSIVE MODE;
  PERFORM reward_outbox.lock_head();
  -- A late success removes the row; it has to come before the decision or
  -- after it, not in between, or the decision would bring the row back.
  PERFORM
  FROM reward_outbox.event_states s
  WHERE s.event_id = ANY (p_event_ids)
  ORDER BY s.event_id FOR UPDATE;
END
$$;
COMMENT ON FUNCTION reward_outbox.lock_decisions(uuid[]) IS
  'Part of the operators'' functions: until the end of the transaction these events are neither claimed, '
  'settled nor pruned.';
