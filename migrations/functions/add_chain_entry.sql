-- The chain is locked. The last entry is found by the index; where all were cut off, the row of the chain
-- knows it.
CREATE OR REPLACE FUNCTION reward_outbox.add_chain_entry(p_chain text, p_kind text, p_body text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off AS $$
DECLARE
  last_no   bigint;
  last_hash text;
  moment    CONSTANT timestamptz := clock_timestamp();
BEGIN
  SELECT e.entry_no, e.hash INTO last_no, last_hash
  FROM reward_outbox.chain_entries e
  WHERE e.chain = p_chain
  ORDER BY e.entry_no DESC
  LIMIT 1;
  IF last_no IS NULL THEN
    SELECT c.cut_through, c.cut_hash INTO last_no, last_hash
    FROM reward_outbox.chains c
    WHERE c.chain = p_chain;
  END IF;
  INSERT INTO reward_outbox.chain_entries (chain, entry_no, at, kind, body, hash)
  VALUES (p_chain, last_no + 1, moment, p_kind, p_body,
          reward_outbox.sha256_of(
            concat_ws(' ', p_chain, last_no + 1, to_json(moment AT TIME ZONE 'UTC'), p_kind, last_hash)
            || E'\n' || p_body));
END
$$;
COMMENT ON FUNCTION reward_outbox.add_chain_entry(text, text, text) IS 'Part of append_to_chain().';
