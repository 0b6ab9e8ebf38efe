CREATE OR REPLACE FUNCTION reward_outbox.lock_chain(p_chain text) RETURNS boolean
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off AS $$
BEGIN
  IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
    RETURN false;
  END IF;
  PERFORM FROM reward_outbox.chains c WHERE c.chain = p_chain FOR UPDATE SKIP LOCKED;
  IF FOUND THEN
    RETURN true;
  END IF;
  IF EXISTS (SELECT FROM reward_outbox.chains c WHERE c.chain = p_chain) THEN
    RETURN false;
  END IF;
  INSERT INTO reward_outbox.chains (chain) VALUES (p_chain) ON CONFLICT DO NOTHING;
  RETURN FOUND;
END
$$;
COMMENT ON FUNCTION reward_outbox.lock_chain(text) IS
  'Takes the right to append to a chain, until the end of the transaction; false: another has it.';
