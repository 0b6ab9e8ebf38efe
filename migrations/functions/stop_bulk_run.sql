CREATE OR REPLACE FUNCTION reward_outbox.stop_bulk_run(p_run bigint, p_actor text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM reward_outbox.end_bulk_run(b.run_no, 'failed', 'the process that worked on it is gone')
  FROM reward_outbox.bulk_runs b
  WHERE b.run_no = p_run AND reward_outbox.bulk_run_is_lost(b);
  UPDATE reward_outbox.bulk_runs b SET state = 'stopping' WHERE b.run_no = p_run AND b.state = 'running';
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  PERFORM reward_outbox.record_operation(p_actor, 'bulk_stop', NULL, NULL, NULL,
                                         jsonb_build_object('run', p_run), p_run);
  RETURN true;
END
$$;
COMMENT ON FUNCTION reward_outbox.stop_bulk_run(bigint, text) IS
  'Asks a run to stop after its batch. False: it was not running.';
