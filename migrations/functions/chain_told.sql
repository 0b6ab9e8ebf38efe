CREATE OR REPLACE FUNCTION reward_outbox.chain_told(p_chains text[], p_entry_nos bigint[]) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  UPDATE reward_outbox.chains c
  SET told_through = t.entry_no
  FROM unnest(p_chains, p_entry_nos) AS t(chain, entry_no)
  WHERE c.chain = t.chain AND c.told_through < t.entry_no;
  UPDATE reward_outbox.chain_settings s
  SET anchored_at = clock_timestamp()
$$;
COMMENT ON FUNCTION reward_outbox.chain_told(text[], bigint[]) IS
  'An anchor with these entries was told outside of the database.';
