-- In the transaction that records them, and for next to nothing: no hash is made here.
CREATE OR REPLACE FUNCTION reward_outbox.leave_for_chain(
  p_relay_no integer, p_outcome reward_outbox.attempt_outcome, p_event_ids uuid[], p_attempts integer[]
) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  INSERT INTO reward_outbox.unchained_attempts (relay_no, outcome, event_ids, attempts)
  SELECT p_relay_no, p_outcome, p_event_ids, p_attempts
  FROM reward_outbox.chain_settings s
  WHERE s.enabled AND p_event_ids IS NOT NULL;
END
$$;
COMMENT ON FUNCTION reward_outbox.leave_for_chain(integer, reward_outbox.attempt_outcome, uuid[],
                                                  integer[]) IS
  'Part of what records attempts: notes those that chain_attempts() is to chain. Runs with the settings of '
  'its callers.';
