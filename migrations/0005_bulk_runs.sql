-- What operators do to many events at once. A run works in small batches from one process; this table is
-- how every console sees it, stops it, and knows that it was left behind. What was decided about each
-- event is in operations, as ever; a run adds one row there when it begins and one when it ends.

CREATE TABLE reward_outbox.bulk_runs (
  run_no           bigint           PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  action           text             NOT NULL CHECK (action IN ('retry', 'cancel')),
  filter           jsonb            NOT NULL CHECK (jsonb_typeof(filter) = 'object' AND filter <> '{}'),
  reason           text,
  actor            text             NOT NULL,
  allow_duplicates boolean          NOT NULL,
  max_events       integer          NOT NULL,
  per_second       double precision NOT NULL,
  started_at       timestamptz      NOT NULL DEFAULT clock_timestamp(),
  seen_at          timestamptz      NOT NULL DEFAULT clock_timestamp(),
  ended_at         timestamptz,
  state            text             NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'stopping',
    'stopped', 'done', 'failed')),
  total            integer,
  examined         integer          NOT NULL DEFAULT 0,
  done             integer          NOT NULL DEFAULT 0,
  skipped          integer          NOT NULL DEFAULT 0,
  error            text
);
CREATE INDEX bulk_runs_open ON reward_outbox.bulk_runs (run_no) WHERE ended_at IS NULL;
COMMENT ON TABLE  reward_outbox.bulk_runs IS
  'Runs over many events: what was asked for and how far they are. One at a time.';
COMMENT ON COLUMN reward_outbox.bulk_runs.run_no IS 'Order, and the run''s name.';
COMMENT ON COLUMN reward_outbox.bulk_runs.action IS 'retry or cancel.';
COMMENT ON COLUMN reward_outbox.bulk_runs.filter IS 'Which events were meant, as it was asked for.';
COMMENT ON COLUMN reward_outbox.bulk_runs.reason IS 'Why, in the actor''s words; null: nobody said.';
COMMENT ON COLUMN reward_outbox.bulk_runs.actor IS 'Who began it.';
COMMENT ON COLUMN reward_outbox.bulk_runs.allow_duplicates IS
  'Retry: also what Reward may apply a second time.';
COMMENT ON COLUMN reward_outbox.bulk_runs.max_events IS 'Events at most, the oldest first.';
COMMENT ON COLUMN reward_outbox.bulk_runs.per_second IS 'Events changed in a second at most.';
COMMENT ON COLUMN reward_outbox.bulk_runs.started_at IS 'When it began.';
COMMENT ON COLUMN reward_outbox.bulk_runs.seen_at IS 'When the process that works on it last said so.';
COMMENT ON COLUMN reward_outbox.bulk_runs.ended_at IS
  'When it ended; null: it has not, or its process is gone.';
COMMENT ON COLUMN reward_outbox.bulk_runs.state IS
  'running; stopping (somebody asked it to stop); stopped, done or failed: ended.';
COMMENT ON COLUMN reward_outbox.bulk_runs.total IS 'Events it is about; null: still being looked for.';
COMMENT ON COLUMN reward_outbox.bulk_runs.examined IS 'Events dealt with so far.';
COMMENT ON COLUMN reward_outbox.bulk_runs.done IS 'Events changed.';
COMMENT ON COLUMN reward_outbox.bulk_runs.skipped IS 'Events that stayed as they were.';
COMMENT ON COLUMN reward_outbox.bulk_runs.error IS 'Why it failed.';

COMMENT ON COLUMN reward_outbox.operations.action IS
  'retry, cancel, resolve, resend, resent, test, pause, resume, set, adopt, prune, dismiss_watch_errors, '
  'replay_watch_errors, watch_backfill, bulk_retry, bulk_cancel, bulk_stop, sign_in, sign_in_refused.';
