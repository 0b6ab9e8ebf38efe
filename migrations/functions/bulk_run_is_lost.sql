-- A run whose process has been silent for this long is over: it says something every few seconds.
CREATE OR REPLACE FUNCTION reward_outbox.bulk_run_is_lost(r reward_outbox.bulk_runs) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT r.ended_at IS NULL AND r.seen_at < clock_timestamp() - interval '60 seconds'
$$;
COMMENT ON FUNCTION reward_outbox.bulk_run_is_lost(reward_outbox.bulk_runs) IS
  'Whether the process that worked on a run is gone.';
