-- Nobody waits here: where somebody else is appending to the chain, or this transaction sees an old state of
-- it, the entry is left for later. p_body: a line for each thing that it lists.
CREATE OR REPLACE FUNCTION reward_outbox.append_to_chain(p_chain text, p_kind text, p_body text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off AS $$
DECLARE
  pending record;
BEGIN
  IF NOT reward_outbox.lock_chain(p_chain) THEN
    INSERT INTO reward_outbox.chain_pending (chain, kind, body) VALUES (p_chain, p_kind, p_body);
    RETURN;
  END IF;
  FOR pending IN
    WITH taken AS (
      DELETE FROM reward_outbox.chain_pending w
      WHERE w.chain = p_chain
      RETURNING w.pending_no, w.kind, w.body
    )
    SELECT t.kind, t.body FROM taken t ORDER BY t.pending_no
  LOOP
    PERFORM reward_outbox.add_chain_entry(p_chain, pending.kind, pending.body);
  END LOOP;
  IF p_body IS NOT NULL THEN
    PERFORM reward_outbox.add_chain_entry(p_chain, p_kind, p_body);
  END IF;
END
$$;
COMMENT ON FUNCTION reward_outbox.append_to_chain(text, text, text) IS
  'Appends to a chain what was left for later, and an entry. Null: only what was left.';
