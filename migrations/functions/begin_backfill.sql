-- Asked for again with the same words, a backfill goes on where it was. p_worker is random, of the
-- process that asks: one works on it at a time, and another takes over only what has been left alone.
CREATE OR REPLACE FUNCTION reward_outbox.begin_backfill(
  p_watch     text,
  p_asked     jsonb,
  p_bounds    jsonb,
  p_worker    uuid,
  p_keyless   boolean,
  p_restart   boolean,
  p_reason    text,
  p_actor     text,
  p_rate      integer,
  p_total     bigint
) RETURNS reward_outbox.watch_backfills
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  r reward_outbox.watch_rules;
  b reward_outbox.watch_backfills;
BEGIN
  r := reward_outbox.backfilled_rule(p_watch);
  IF r.idempotency_key IS NULL AND NOT p_keyless THEN
    RAISE EXCEPTION '% has no idempotency key: nothing tells which rows are events already', p_watch
      USING ERRCODE = 'RO010',
        HINT = 'Give the rule one, or add --allow-duplicates if users may be rewarded twice.';
  END IF;
  SELECT x.*
  INTO b
  FROM reward_outbox.watch_backfills x
  WHERE x.watch = p_watch AND x.ended_at IS NULL FOR UPDATE;
  IF FOUND AND b.worker <> p_worker AND b.seen_at > clock_timestamp() - interval '10 seconds'
     AND reward_outbox.session_is_alive(b.session_id, b.server_started_at) THEN
    RAISE EXCEPTION 'another process works on backfill % of %', b.run_no, p_watch
      USING ERRCODE = 'RO010', HINT = 'It said so within the last ten seconds. Stop it, or wait for its end.';
  END IF;
  IF b.run_no IS NOT NULL AND NOT p_restart THEN
    IF b.asked <> p_asked THEN
      RAISE EXCEPTION 'backfill % of % is not finished, and was asked for with %', b.run_no, p_watch, b.asked
        USING ERRCODE = 'RO010', HINT = 'Ask for the same to go on with it, or add --restart to begin anew.';
    END IF;
    -- With a key nothing is done twice.
    IF r.changed_at > b.started_at AND r.idempotency_key IS NULL THEN
      RAISE EXCEPTION 'the rule % was changed after backfill % had begun', p_watch, b.run_no
        USING ERRCODE = 'RO010',
          HINT = 'Add --restart to begin anew. Rows that became events will do so again.';
    END IF;
  END IF;
  IF b.run_no IS NOT NULL AND (p_restart OR r.changed_at > b.started_at) THEN
    UPDATE reward_outbox.watch_backfills x
    SET state = 'abandoned', ended_at = clock_timestamp(), worker = NULL
    WHERE x.run_no = b.run_no;
    PERFORM reward_outbox.record_backfill(b.run_no, 'abandoned', p_actor);
    b := NULL;
  END IF;
  IF b.run_no IS NULL THEN
    INSERT INTO reward_outbox.watch_backfills (watch, table_name, asked, bounds, reason, actor, per_second)
    VALUES (p_watch, r.table_name, p_asked, p_bounds, p_reason, p_actor, p_rate)
    RETURNING * INTO b;
    PERFORM reward_outbox.record_backfill(b.run_no, 'started', p_actor);
  ELSE
    PERFORM reward_outbox.record_backfill(b.run_no, 'resumed', p_actor);
  END IF;
  UPDATE reward_outbox.watch_backfills x
  SET worker = p_worker, session_id = pg_backend_pid(), server_started_at = pg_postmaster_start_time(),
      seen_at = clock_timestamp(), error = NULL, per_second = p_rate, total = coalesce(p_total, x.total)
  WHERE x.run_no = b.run_no;
  RETURN b;
END
$$;
COMMENT ON FUNCTION reward_outbox.begin_backfill(text, jsonb, jsonb, uuid, boolean, boolean, text, text,
                                           integer, bigint) IS
  'A backfill begins, or goes on: the backfill as it is found.';
