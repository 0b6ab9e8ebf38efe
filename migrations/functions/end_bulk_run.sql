CREATE OR REPLACE FUNCTION reward_outbox.end_bulk_run(
  p_run bigint, p_state text, p_error text DEFAULT NULL
) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  r reward_outbox.bulk_runs;
BEGIN
  UPDATE reward_outbox.bulk_runs b SET state = p_state, error = p_error, ended_at = clock_timestamp(),
    seen_at = clock_timestamp()
  WHERE b.run_no = p_run AND b.ended_at IS NULL RETURNING * INTO r;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  PERFORM reward_outbox.record_operation(r.actor, 'bulk_' || r.action, NULL, r.filter ->> 'trigger', r.reason,
                                         jsonb_build_object('run', r.run_no, 'phase', 'ended',
    'state', r.state, 'total', r.total, 'examined', r.examined, 'done', r.done, 'skipped', r.skipped, 'error',
    r.error), r.run_no);
  RETURN true;
END
$$;
COMMENT ON FUNCTION reward_outbox.end_bulk_run(bigint, text, text) IS
  'The run is over: stopped, done or failed. False: it was already.';
