CREATE OR REPLACE FUNCTION reward_outbox.report_bulk_run(
  p_run bigint, p_total integer, p_examined integer, p_done integer, p_skipped integer
) RETURNS text
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  UPDATE reward_outbox.bulk_runs b SET total = p_total, examined = p_examined, done = p_done,
    skipped = p_skipped, seen_at = clock_timestamp()
  WHERE b.run_no = p_run AND b.ended_at IS NULL RETURNING b.state
$$;
COMMENT ON FUNCTION reward_outbox.report_bulk_run(bigint, integer, integer, integer, integer) IS
  'How far the run is. Returns its state: stopping asks it to stop; null: it was ended.';
