-- Who works on one says so with every batch; a process that was killed does not.
CREATE OR REPLACE FUNCTION reward_outbox.backfill_state(b reward_outbox.watch_backfills) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN b.state <> 'open' THEN b.state
              WHEN b.worker IS NOT NULL AND b.seen_at > clock_timestamp() - interval '10 seconds'
                THEN 'running'
              ELSE 'stopped' END
$$;
COMMENT ON FUNCTION reward_outbox.backfill_state(reward_outbox.watch_backfills) IS
  'running, stopped (asked for again, it goes on), done or abandoned.';
