CREATE OR REPLACE FUNCTION reward_outbox.leave_backfill(p_run bigint, p_worker uuid, p_error text)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  who text;
BEGIN
  UPDATE reward_outbox.watch_backfills b
  SET worker = NULL, error = p_error
  WHERE b.run_no = p_run AND b.worker = p_worker AND b.ended_at IS NULL
  RETURNING b.actor INTO who;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  PERFORM reward_outbox.record_backfill(p_run, 'stopped', who);
  RETURN true;
END
$$;
COMMENT ON FUNCTION reward_outbox.leave_backfill(bigint, uuid, text) IS
  'A process leaves its backfill before the end, and why; asked for again, it goes on. False: it was not its '
  'own any more.';
