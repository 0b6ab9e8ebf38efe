-- In the transaction that records it. Nobody waits: see append_to_chain().
CREATE OR REPLACE FUNCTION reward_outbox.chain_decision(p_decision reward_outbox.operations) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  secret bytea;
BEGIN
  IF NOT (SELECT s.enabled FROM reward_outbox.chain_settings s) THEN
    RETURN;
  END IF;
  SELECT s.salt INTO secret FROM reward_outbox.erasure_salt s;
  PERFORM reward_outbox.append_to_chain('decisions', 'decisions',
                                        reward_outbox.decision_line(secret, p_decision));
END
$$;
COMMENT ON FUNCTION reward_outbox.chain_decision(reward_outbox.operations) IS
  'Appends a decision to the chain of decisions.';
