-- Where nothing is, nobody needs to be told what went.
CREATE OR REPLACE FUNCTION reward_outbox.anything_chained() RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT EXISTS (SELECT FROM reward_outbox.chain_entries)
      OR EXISTS (SELECT FROM reward_outbox.unchained_attempts)
$$;
COMMENT ON FUNCTION reward_outbox.anything_chained() IS 'Something is in a chain, or will be.';
