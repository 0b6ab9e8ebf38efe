-- Capture from tables. A rule (a row of watch_rules) turns row changes of a table into
-- events, in the writer's own transaction. Each rule becomes two plain functions,
-- reward_outbox."watch_<name>" and reward_outbox."try_<name>", and its triggers.
--
-- Who runs what: a rule is code of the table's owner. Both functions belong to that role and run with its
-- rights, whoever writes the table, looks at the rule, tries it or replays what it missed. Nothing that
-- belongs to the schema's owner evaluates an expression of a rule. What comes out goes in through two views,
-- capture and capture_errors, which take rows of rules on tables of the role that inserts, and of no others.

CREATE TABLE reward_outbox.watch_rules (
  name            text        PRIMARY KEY,
  watched         regclass    NOT NULL,
  table_name      text        NOT NULL DEFAULT '',
  operations      text[]      NOT NULL,
  condition       text,
  trigger_id      text,
  trigger_id_expr text,
  user_id         text,
  payload         text,
  idempotency_key text,
  ordering_key    text,
  deliver_after   text,
  metadata        text,
  on_error        text        NOT NULL DEFAULT 'record',
  key_columns     text[]      NOT NULL DEFAULT '{}',
  shape           text        NOT NULL DEFAULT '',
  named_columns   text[]      NOT NULL DEFAULT '{}',
  made            text        NOT NULL DEFAULT '',
  trial           boolean     NOT NULL DEFAULT false,
  removed         boolean     NOT NULL DEFAULT false,
  created_at      timestamptz NOT NULL DEFAULT now(),
  created_by      text        NOT NULL DEFAULT current_user,
  changed_at      timestamptz NOT NULL DEFAULT now(),
  changed_by      text        NOT NULL DEFAULT current_user
);
COMMENT ON TABLE  reward_outbox.watch_rules IS
  'The rules of watch(). A row written here becomes a function and its triggers at once; read '
  'reward_outbox.watches.';
COMMENT ON COLUMN reward_outbox.watch_rules.name IS
  'The rule''s name: source of its events, part of the names of its function and triggers.';
COMMENT ON COLUMN reward_outbox.watch_rules.watched IS 'The table. Follows a rename, and is dumped by name.';
COMMENT ON COLUMN reward_outbox.watch_rules.table_name IS
  'What the table was called when the rule was made. Another table of that name has taken its place.';
COMMENT ON COLUMN reward_outbox.watch_rules.operations IS 'INSERT, UPDATE, DELETE: at least one.';
COMMENT ON COLUMN reward_outbox.watch_rules.condition IS
  'Boolean SQL expression over NEW, OLD and TG_OP; null: every row.';
COMMENT ON COLUMN reward_outbox.watch_rules.trigger_id IS 'The event''s trigger_id, literally.';
COMMENT ON COLUMN reward_outbox.watch_rules.trigger_id_expr IS 'Or an expression for it.';
COMMENT ON COLUMN reward_outbox.watch_rules.user_id IS 'Expression.';
COMMENT ON COLUMN reward_outbox.watch_rules.payload IS 'Expression, jsonb; null: {}.';
COMMENT ON COLUMN reward_outbox.watch_rules.idempotency_key IS
  'Expression; null: every change that matches is an event.';
COMMENT ON COLUMN reward_outbox.watch_rules.ordering_key IS 'Expression or null.';
COMMENT ON COLUMN reward_outbox.watch_rules.deliver_after IS 'Expression or null.';
COMMENT ON COLUMN reward_outbox.watch_rules.metadata IS
  'Expression, jsonb, or null. The rule''s name, the table and the row''s key are added to it.';
COMMENT ON COLUMN reward_outbox.watch_rules.on_error IS
  'record: the writer goes on and the failure is kept in watch_errors; raise: the writer''s statement fails.';
COMMENT ON COLUMN reward_outbox.watch_rules.key_columns IS 'The table''s primary key when the rule was made.';
COMMENT ON COLUMN reward_outbox.watch_rules.shape IS
  'Which triggers the rule has: statement, row or partitioned, and whether updates need both versions of a '
  'row.';
COMMENT ON COLUMN reward_outbox.watch_rules.named_columns IS
  'The columns that its expressions name, such as new.total: read once, because who looks at rules looks at '
  'all of them.';
COMMENT ON COLUMN reward_outbox.watch_rules.made IS
  'Checksum of its functions and of those that wrote them, so that what is as it was made need not be '
  'written again to tell.';
COMMENT ON COLUMN reward_outbox.watch_rules.trial IS
  'Has functions but no triggers: only tried, in a transaction that is rolled back.';
COMMENT ON COLUMN reward_outbox.watch_rules.removed IS
  'Set to true, the row goes at once. Who has the right to DELETE can lock the table, and every rule with '
  'it.';
COMMENT ON COLUMN reward_outbox.watch_rules.created_at IS 'When the rule was made.';
COMMENT ON COLUMN reward_outbox.watch_rules.created_by IS 'By whom.';
COMMENT ON COLUMN reward_outbox.watch_rules.changed_at IS 'When it was last replaced.';
COMMENT ON COLUMN reward_outbox.watch_rules.changed_by IS 'By whom.';

CREATE TABLE reward_outbox.watch_errors (
  error_no      bigint      PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  watch         text        NOT NULL,
  table_name    text        NOT NULL,
  operation     text        NOT NULL,
  key           jsonb,
  error_code    text        NOT NULL,
  error_message text        NOT NULL,
  new_row       jsonb,
  old_row       jsonb,
  new_exact     jsonb,
  old_exact     jsonb,
  more_keys     jsonb,
  changes       integer     NOT NULL DEFAULT 1,
  at            timestamptz NOT NULL DEFAULT clock_timestamp(),
  resolved_at   timestamptz,
  resolution    text
);
CREATE INDEX watch_errors_unresolved ON reward_outbox.watch_errors (watch, error_no)
WHERE resolved_at IS NULL;
COMMENT ON TABLE  reward_outbox.watch_errors IS
  'Row changes that a rule could not turn into an event. Mend the rule, then replay them: '
  'reward_outbox.replay_watch_errors.';
COMMENT ON COLUMN reward_outbox.watch_errors.error_no IS 'Order in which they were recorded.';
COMMENT ON COLUMN reward_outbox.watch_errors.watch IS 'The rule.';
COMMENT ON COLUMN reward_outbox.watch_errors.table_name IS 'The table as it was called then.';
COMMENT ON COLUMN reward_outbox.watch_errors.operation IS 'INSERT, UPDATE or DELETE.';
COMMENT ON COLUMN reward_outbox.watch_errors.key IS 'Primary key of the row; null: the table has none.';
COMMENT ON COLUMN reward_outbox.watch_errors.error_code IS 'SQLSTATE.';
COMMENT ON COLUMN reward_outbox.watch_errors.error_message IS
  'What PostgreSQL said, capped; of the last time, when a replay failed.';
COMMENT ON COLUMN reward_outbox.watch_errors.new_row IS
  'The row after the change; null: deleted, or both versions together exceed 1 MiB (it cannot be replayed '
  'then).';
COMMENT ON COLUMN reward_outbox.watch_errors.old_row IS
  'The row before the change; null: inserted, or the rule does not look at it.';
COMMENT ON COLUMN reward_outbox.watch_errors.new_exact IS
  'Columns of new_row that JSON does not carry as they are, as PostgreSQL writes them: hstore, ranges, JSON '
  'null.';
COMMENT ON COLUMN reward_outbox.watch_errors.old_exact IS 'The same for old_row.';
COMMENT ON COLUMN reward_outbox.watch_errors.more_keys IS
  'Further rows of the same statement that were not kept: their primary keys, by which a replay finds them '
  'again.';
COMMENT ON COLUMN reward_outbox.watch_errors.changes IS 'How many row changes this record stands for.';
COMMENT ON COLUMN reward_outbox.watch_errors.at IS 'When.';
COMMENT ON COLUMN reward_outbox.watch_errors.resolved_at IS
  'When it was replayed or dismissed; null: an event may be missing.';
COMMENT ON COLUMN reward_outbox.watch_errors.resolution IS 'What became of it.';

-- A sequence keeps what a rollback takes away, and waits for nobody.
CREATE SEQUENCE reward_outbox.watch_misses;
COMMENT ON SEQUENCE reward_outbox.watch_misses IS
  'Counts what a rule could neither capture nor record; its last value is the number.';

CREATE TABLE reward_outbox.watch_backfills (
  run_no            bigint      PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  watch             text        NOT NULL,
  table_name        text        NOT NULL,
  asked             jsonb       NOT NULL,
  bounds            jsonb       NOT NULL,
  reason            text,
  actor             text,
  per_second        integer     NOT NULL,
  total             bigint,
  worker            uuid,
  session_id        integer,
  server_started_at timestamptz,
  last_key          jsonb,
  looked_at         bigint      NOT NULL DEFAULT 0,
  emitted           bigint      NOT NULL DEFAULT 0,
  known             bigint      NOT NULL DEFAULT 0,
  unneeded          bigint      NOT NULL DEFAULT 0,
  failed            bigint      NOT NULL DEFAULT 0,
  error             text,
  started_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  seen_at           timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended_at          timestamptz,
  state             text        NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done', 'abandoned'))
);
CREATE UNIQUE INDEX watch_backfills_open ON reward_outbox.watch_backfills (watch) WHERE ended_at IS NULL;
COMMENT ON TABLE  reward_outbox.watch_backfills IS
  'Backfills: existing rows that become events through a rule, batch by batch. One per rule is open at a '
  'time.';
COMMENT ON COLUMN reward_outbox.watch_backfills.run_no IS 'Order, and the name of the backfill.';
COMMENT ON COLUMN reward_outbox.watch_backfills.watch IS 'The rule.';
COMMENT ON COLUMN reward_outbox.watch_backfills.table_name IS 'The table as it was called then.';
COMMENT ON COLUMN reward_outbox.watch_backfills.asked IS
  'Which rows, as somebody typed it. Asked for again, the backfill goes on where it was.';
COMMENT ON COLUMN reward_outbox.watch_backfills.bounds IS
  'The same as the database compares it: a column and its bounds; empty: every row.';
COMMENT ON COLUMN reward_outbox.watch_backfills.reason IS 'Why, in the actor''s words; null: nobody said.';
COMMENT ON COLUMN reward_outbox.watch_backfills.actor IS 'Who began it.';
COMMENT ON COLUMN reward_outbox.watch_backfills.per_second IS 'Rows looked at in a second at most.';
COMMENT ON COLUMN reward_outbox.watch_backfills.total IS
  'Rows that it is about, as they were counted when it was asked for; null: they were too many to count.';
COMMENT ON COLUMN reward_outbox.watch_backfills.worker IS
  'Random, of the process that works on it; null: it stopped. Another one that takes it over puts its own '
  'here.';
COMMENT ON COLUMN reward_outbox.watch_backfills.session_id IS 'Process id of the session of that process.';
COMMENT ON COLUMN reward_outbox.watch_backfills.server_started_at IS
  'When the server of that session was started.';
COMMENT ON COLUMN reward_outbox.watch_backfills.last_key IS
  'Primary key of the last row dealt with, written in the transaction of its event; null: none yet.';
COMMENT ON COLUMN reward_outbox.watch_backfills.looked_at IS 'Rows within the bounds that were looked at.';
COMMENT ON COLUMN reward_outbox.watch_backfills.emitted IS 'Rows that became events.';
COMMENT ON COLUMN reward_outbox.watch_backfills.known IS 'Rows whose idempotency key had an event already.';
COMMENT ON COLUMN reward_outbox.watch_backfills.unneeded IS 'Rows to which the rule does not apply.';
COMMENT ON COLUMN reward_outbox.watch_backfills.failed IS 'Rows of which the rule could not make an event.';
COMMENT ON COLUMN reward_outbox.watch_backfills.error IS
  'Why the process that worked on it gave it up; null: it did not, or it goes on.';
COMMENT ON COLUMN reward_outbox.watch_backfills.started_at IS 'When it began.';
COMMENT ON COLUMN reward_outbox.watch_backfills.seen_at IS 'When its last batch ended.';
COMMENT ON COLUMN reward_outbox.watch_backfills.ended_at IS 'When it ended; null: it has not.';
COMMENT ON COLUMN reward_outbox.watch_backfills.state IS
  'open; done: every row was looked at; abandoned: another one was begun instead.';

CREATE TYPE reward_outbox.tried_row AS (
  key          jsonb,
  applies      boolean,
  event        reward_outbox.written_event,
  problem      text,
  problem_code text
);
COMMENT ON TYPE reward_outbox.tried_row IS 'What a rule makes of a row, or why it makes nothing of it.';
