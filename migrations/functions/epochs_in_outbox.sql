CREATE OR REPLACE FUNCTION reward_outbox.epochs_in_outbox() RETURNS integer[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off AS $$
BEGIN
  RETURN (
    -- From one to the next in the index: there are as many steps as epochs.
    WITH RECURSIVE hop AS (
      (SELECT o.epoch FROM reward_outbox.outbox o ORDER BY o.epoch LIMIT 1)
      UNION ALL
      SELECT (SELECT o.epoch FROM reward_outbox.outbox o WHERE o.epoch > hop.epoch ORDER BY o.epoch LIMIT 1)
      FROM hop
      WHERE hop.epoch IS NOT NULL
    )
    SELECT coalesce(array_agg(hop.epoch), '{}') FROM hop WHERE hop.epoch IS NOT NULL);
END
$$;
COMMENT ON FUNCTION reward_outbox.epochs_in_outbox() IS
  'The epochs of which there are events, without reading them all.';
