-- Whoever works on it is told at its next batch.
CREATE OR REPLACE FUNCTION reward_outbox.stop_backfill(p_run bigint, p_actor text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE reward_outbox.watch_backfills b
  SET worker = NULL
  WHERE b.run_no = p_run AND b.worker IS NOT NULL AND b.ended_at IS NULL;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  PERFORM reward_outbox.record_backfill(p_run, 'stopped', p_actor);
  RETURN true;
END
$$;
COMMENT ON FUNCTION reward_outbox.stop_backfill(bigint, text) IS
  'Stops a backfill after its batch, whichever process works on it. False: nobody did.';
