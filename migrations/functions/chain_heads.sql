-- Appends first what was left for later, but for attempts: see chain_attempts(). p_limit chains: the rest
-- follows with the next call.
CREATE OR REPLACE FUNCTION reward_outbox.chain_heads(p_limit integer)
RETURNS TABLE (chain text, entry_no bigint, hash text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
  PERFORM reward_outbox.append_to_chain(w.chain, NULL, NULL)
  FROM (SELECT DISTINCT p.chain FROM reward_outbox.chain_pending p) w
  WHERE reward_outbox.lock_chain(w.chain);
  RETURN QUERY
  SELECT c.chain, e.entry_no, e.hash
  FROM reward_outbox.chains c
  CROSS JOIN LATERAL (
    SELECT l.entry_no, l.hash
    FROM reward_outbox.chain_entries l
    WHERE l.chain = c.chain
    ORDER BY l.entry_no DESC
    LIMIT 1
  ) e
  WHERE e.entry_no > c.told_through
  ORDER BY c.chain
  LIMIT p_limit;
END
$$;
COMMENT ON FUNCTION reward_outbox.chain_heads(integer) IS
  'The last entries of the chains that grew since an anchor was told outside.';
