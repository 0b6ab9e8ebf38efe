CREATE OR REPLACE FUNCTION reward_outbox.tidy() RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
BEGIN
  DELETE FROM reward_outbox.head WHERE position_no < (SELECT max(h.position_no) FROM reward_outbox.head h);
END
$$;
COMMENT ON FUNCTION reward_outbox.tidy() IS 'Removes the older steps of the head.';
