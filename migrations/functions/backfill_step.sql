-- One batch, one transaction: the events, and how far the backfill is, are there together or not at all.
CREATE OR REPLACE FUNCTION reward_outbox.backfill_step(
  p_run    bigint,
  p_worker uuid,
  p_limit  integer,
  p_window integer
) RETURNS TABLE (looked_at integer, emitted integer, known integer, unneeded integer, failed integer,
                 finished boolean,
  problems jsonb)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  b        reward_outbox.watch_backfills;
  r        reward_outbox.watch_rules;
  t        reward_outbox.tried_row;
  reached  jsonb;
  is_new   boolean;
BEGIN
  SELECT x.* INTO b
  FROM reward_outbox.watch_backfills x
  WHERE x.run_no = p_run AND x.worker = p_worker AND x.ended_at IS NULL
  FOR UPDATE;
  IF NOT FOUND THEN
    IF EXISTS (SELECT FROM reward_outbox.watch_backfills x
               WHERE x.run_no = p_run AND x.worker IS NULL AND x.ended_at IS NULL) THEN
      RAISE EXCEPTION 'backfill % was stopped from elsewhere', p_run
        USING ERRCODE = 'RO011', HINT = 'Ask for the same again, and it goes on.';
    END IF;
    RAISE EXCEPTION 'another process has taken over backfill %', p_run
      USING ERRCODE = 'RO010', HINT = 'It goes on there.';
  END IF;
  SELECT w.* INTO r FROM reward_outbox.watch_rules w WHERE w.name = b.watch;
  IF r.name IS NULL OR r.changed_at > b.started_at THEN
    RAISE EXCEPTION 'the rule % was changed or removed while backfill % was running', b.watch, p_run
      USING ERRCODE = 'RO010', HINT = 'Run it again: with an idempotency key nothing is done twice.';
  END IF;
  looked_at := 0; emitted := 0; known := 0; unneeded := 0; failed := 0; problems := '[]';
  FOR t IN SELECT p.* FROM reward_outbox.backfill_page(r, b.bounds, b.last_key, p_limit, p_window) p LOOP
    reached := t.key;
    CONTINUE WHEN t.applies IS NULL AND t.problem IS NULL;
    looked_at := looked_at + 1;
    IF t.problem IS NULL AND NOT t.applies THEN
      unneeded := unneeded + 1;
      CONTINUE;
    END IF;
    -- Whether it fits has been checked where it was evaluated.
    is_new := t.problem IS NULL AND reward_outbox.insert_captured(t.event, b.watch);
    IF t.problem IS NOT NULL THEN
      failed := failed + 1;
      problems := problems || jsonb_build_object('key', t.key, 'problem', left(t.problem, 1000));
    ELSIF is_new THEN
      emitted := emitted + 1;
    ELSE
      known := known + 1;
    END IF;
  END LOOP;
  finished := reached IS NULL;
  UPDATE reward_outbox.watch_backfills x
  SET last_key = coalesce(reached, x.last_key), looked_at = x.looked_at + backfill_step.looked_at,
      emitted = x.emitted + backfill_step.emitted, known = x.known + backfill_step.known,
      unneeded = x.unneeded + backfill_step.unneeded, failed = x.failed + backfill_step.failed,
      -- The sessions of a pool come and go.
      session_id = pg_backend_pid(), server_started_at = pg_postmaster_start_time(),
      seen_at = clock_timestamp(), state = CASE WHEN finished THEN 'done' ELSE x.state END,
      ended_at = CASE WHEN finished THEN clock_timestamp() END
  WHERE x.run_no = p_run;
  IF finished THEN
    PERFORM reward_outbox.record_backfill(p_run, 'ended', b.actor);
  END IF;
  RETURN NEXT;
END
$$;
COMMENT ON FUNCTION reward_outbox.backfill_step(bigint, uuid, integer, integer) IS
  'The next rows of a backfill become events: one batch. What the rule cannot make an event of is told and '
  'passed by.';
