-- What operators do to many events at once. A run works in small batches from one process; this table is how every console sees it, stops it, and
-- knows that it was left behind. What was decided about each event is in operations, as ever; a run adds one row there when it begins and one when it ends.

CREATE TABLE reward_outbox.bulk_runs (
  run_no           bigint           PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  action           text             NOT NULL CHECK (action IN ('retry', 'cancel')),
  filter           jsonb            NOT NULL CHECK (jsonb_typeof(filter) = 'object' AND filter <> '{}'),
  reason           text             NOT NULL,
  actor            text             NOT NULL,
  allow_duplicates boolean          NOT NULL,
  max_events       integer          NOT NULL,
  per_second       double precision NOT NULL,
  started_at       timestamptz      NOT NULL DEFAULT clock_timestamp(),
  seen_at          timestamptz      NOT NULL DEFAULT clock_timestamp(),
  ended_at         timestamptz,
  state            text             NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'stopping', 'stopped', 'done', 'failed')),
  total            integer,
  examined         integer          NOT NULL DEFAULT 0,
  done             integer          NOT NULL DEFAULT 0,
  skipped          integer          NOT NULL DEFAULT 0,
  error            text
);
CREATE INDEX bulk_runs_open ON reward_outbox.bulk_runs (run_no) WHERE ended_at IS NULL;
COMMENT ON TABLE  reward_outbox.bulk_runs IS 'Runs over many events: what was asked for and how far they are. One at a time.';
COMMENT ON COLUMN reward_outbox.bulk_runs.run_no IS 'Order, and the run''s name.';
COMMENT ON COLUMN reward_outbox.bulk_runs.action IS 'retry or cancel.';
COMMENT ON COLUMN reward_outbox.bulk_runs.filter IS 'Which events were meant, as it was asked for.';
COMMENT ON COLUMN reward_outbox.bulk_runs.reason IS 'Why, in the actor''s words.';
COMMENT ON COLUMN reward_outbox.bulk_runs.actor IS 'Who began it.';
COMMENT ON COLUMN reward_outbox.bulk_runs.allow_duplicates IS 'Retry: also what Reward may apply a second time.';
COMMENT ON COLUMN reward_outbox.bulk_runs.max_events IS 'Events at most, the oldest first.';
COMMENT ON COLUMN reward_outbox.bulk_runs.per_second IS 'Events changed in a second at most.';
COMMENT ON COLUMN reward_outbox.bulk_runs.started_at IS 'When it began.';
COMMENT ON COLUMN reward_outbox.bulk_runs.seen_at IS 'When the process that works on it last said so.';
COMMENT ON COLUMN reward_outbox.bulk_runs.ended_at IS 'When it ended; null: it has not, or its process is gone.';
COMMENT ON COLUMN reward_outbox.bulk_runs.state IS 'running; stopping (somebody asked it to stop); stopped, done or failed: ended.';
COMMENT ON COLUMN reward_outbox.bulk_runs.total IS 'Events it is about; null: still being looked for.';
COMMENT ON COLUMN reward_outbox.bulk_runs.examined IS 'Events dealt with so far.';
COMMENT ON COLUMN reward_outbox.bulk_runs.done IS 'Events changed.';
COMMENT ON COLUMN reward_outbox.bulk_runs.skipped IS 'Events that stayed as they were.';
COMMENT ON COLUMN reward_outbox.bulk_runs.error IS 'Why it failed.';

-- A run whose process has been silent for this long is over: it says something every few seconds.
CREATE FUNCTION reward_outbox.bulk_run_is_lost(r reward_outbox.bulk_runs) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT r.ended_at IS NULL AND r.seen_at < clock_timestamp() - interval '60 seconds'
$$;
COMMENT ON FUNCTION reward_outbox.bulk_run_is_lost(reward_outbox.bulk_runs) IS 'Whether the process that worked on a run is gone.';

CREATE FUNCTION reward_outbox.end_bulk_run(p_run bigint, p_state text, p_error text DEFAULT NULL) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  r reward_outbox.bulk_runs;
BEGIN
  UPDATE reward_outbox.bulk_runs b SET state = p_state, error = p_error, ended_at = clock_timestamp(), seen_at = clock_timestamp()
  WHERE b.run_no = p_run AND b.ended_at IS NULL RETURNING * INTO r;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  PERFORM reward_outbox.record_operation(r.actor, 'bulk_' || r.action, NULL, r.filter ->> 'trigger', r.reason, jsonb_build_object('run', r.run_no, 'phase', 'ended',
    'state', r.state, 'total', r.total, 'examined', r.examined, 'done', r.done, 'skipped', r.skipped, 'error', r.error));
  RETURN true;
END
$$;
COMMENT ON FUNCTION reward_outbox.end_bulk_run(bigint, text, text) IS 'The run is over: stopped, done or failed. False: it was already.';

CREATE FUNCTION reward_outbox.begin_bulk_run(p_action text, p_filter jsonb, p_reason text, p_allow_duplicates boolean, p_max integer, p_per_second double precision,
  p_actor text) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  r reward_outbox.bulk_runs;
BEGIN
  LOCK TABLE reward_outbox.bulk_runs IN SHARE ROW EXCLUSIVE MODE;
  PERFORM reward_outbox.end_bulk_run(b.run_no, 'failed', 'the process that worked on it is gone') FROM reward_outbox.bulk_runs b WHERE reward_outbox.bulk_run_is_lost(b);
  IF EXISTS (SELECT FROM reward_outbox.bulk_runs b WHERE b.ended_at IS NULL) THEN
    RETURN NULL;
  END IF;
  INSERT INTO reward_outbox.bulk_runs (action, filter, reason, actor, allow_duplicates, max_events, per_second)
  VALUES (p_action, p_filter, p_reason, p_actor, p_allow_duplicates, p_max, p_per_second) RETURNING * INTO r;
  PERFORM reward_outbox.record_operation(p_actor, 'bulk_' || p_action, NULL, p_filter ->> 'trigger', p_reason, jsonb_build_object('run', r.run_no, 'phase', 'started',
    'filter', p_filter, 'allow_duplicates', p_allow_duplicates, 'max', p_max, 'per_second', p_per_second));
  RETURN r.run_no;
END
$$;
COMMENT ON FUNCTION reward_outbox.begin_bulk_run(text, jsonb, text, boolean, integer, double precision, text) IS 'A run begins; its number. Null: another one is under way.';

CREATE FUNCTION reward_outbox.report_bulk_run(p_run bigint, p_total integer, p_examined integer, p_done integer, p_skipped integer) RETURNS text
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  UPDATE reward_outbox.bulk_runs b SET total = p_total, examined = p_examined, done = p_done, skipped = p_skipped, seen_at = clock_timestamp()
  WHERE b.run_no = p_run AND b.ended_at IS NULL RETURNING b.state
$$;
COMMENT ON FUNCTION reward_outbox.report_bulk_run(bigint, integer, integer, integer, integer) IS 'How far the run is. Returns its state: stopping asks it to stop; null: it was ended.';

CREATE FUNCTION reward_outbox.stop_bulk_run(p_run bigint, p_actor text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM reward_outbox.end_bulk_run(b.run_no, 'failed', 'the process that worked on it is gone') FROM reward_outbox.bulk_runs b
  WHERE b.run_no = p_run AND reward_outbox.bulk_run_is_lost(b);
  UPDATE reward_outbox.bulk_runs b SET state = 'stopping' WHERE b.run_no = p_run AND b.state = 'running';
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  PERFORM reward_outbox.record_operation(p_actor, 'bulk_stop', NULL, NULL, NULL, jsonb_build_object('run', p_run));
  RETURN true;
END
$$;
COMMENT ON FUNCTION reward_outbox.stop_bulk_run(bigint, text) IS 'Asks a run to stop after its batch. False: it was not running.';

COMMENT ON COLUMN reward_outbox.operations.action IS 'retry, cancel, resolve, pause, resume, set, adopt, prune, dismiss_watch_errors, replay_watch_errors, bulk_retry, bulk_cancel, bulk_stop.';

-- Replaying is a decision too, but the errors it resolves name only the database role.
CREATE FUNCTION reward_outbox.record_replay(p_watch text, p_replayed integer, p_failed integer, p_actor text) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT reward_outbox.record_operation(p_actor, 'replay_watch_errors', NULL, NULL, NULL,
    jsonb_build_object('watch', p_watch, 'replayed', p_replayed, 'failed', p_failed))
$$;
COMMENT ON FUNCTION reward_outbox.record_replay(text, integer, integer, text) IS 'Who had the errors of a rule replayed.';

REVOKE ALL ON reward_outbox.bulk_runs FROM PUBLIC;
REVOKE ALL ON FUNCTION reward_outbox.bulk_run_is_lost(reward_outbox.bulk_runs), reward_outbox.end_bulk_run(bigint, text, text),
  reward_outbox.begin_bulk_run(text, jsonb, text, boolean, integer, double precision, text),
  reward_outbox.report_bulk_run(bigint, integer, integer, integer, integer), reward_outbox.stop_bulk_run(bigint, text),
  reward_outbox.record_replay(text, integer, integer, text)
FROM PUBLIC;
GRANT SELECT ON reward_outbox.bulk_runs TO reward_outbox_auditor;
GRANT EXECUTE ON FUNCTION reward_outbox.bulk_run_is_lost(reward_outbox.bulk_runs) TO reward_outbox_auditor;
GRANT EXECUTE ON FUNCTION reward_outbox.end_bulk_run(bigint, text, text), reward_outbox.begin_bulk_run(text, jsonb, text, boolean, integer, double precision, text),
  reward_outbox.report_bulk_run(bigint, integer, integer, integer, integer), reward_outbox.stop_bulk_run(bigint, text),
  reward_outbox.record_replay(text, integer, integer, text)
TO reward_outbox_operator;
