-- Capture from tables. A rule (a row of watch_rules) turns row changes of a table into events, in the writer's own transaction. Each rule becomes one
-- plain trigger function, reward_outbox."watch_<name>", and its triggers; nothing is put together at run time.
--
-- Who runs what: a rule is code of the table's owner. It is written by the owner (the checks and CREATE TRIGGER run as whoever calls watch), and it
-- runs as reward_outbox_capture, a role that may insert an event or a watch error and nothing else, whoever writes the table.

DO $$
DECLARE
  role_name text;
BEGIN
  FOREACH role_name IN ARRAY ARRAY['reward_outbox_capture', 'reward_outbox_watcher'] LOOP
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = role_name) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
      EXCEPTION
        WHEN duplicate_object OR unique_violation THEN NULL;
        WHEN insufficient_privilege THEN
          RAISE EXCEPTION 'the role % does not exist and % may not create it', role_name, current_user
            USING ERRCODE = 'insufficient_privilege',
                  HINT = 'Ask a DBA to run: CREATE ROLE reward_outbox_capture NOLOGIN; CREATE ROLE reward_outbox_watcher NOLOGIN; '
                         'GRANT reward_outbox_capture TO ' || quote_ident(current_user) || '; then migrate again.';
      END;
    END IF;
  END LOOP;
  -- The schema's owner makes functions that belong to this role; a superuser may do that anyway.
  IF NOT pg_has_role(current_user, 'reward_outbox_capture', 'USAGE') THEN
    BEGIN
      EXECUTE format('GRANT reward_outbox_capture TO %I', current_user);
    EXCEPTION WHEN insufficient_privilege THEN
      RAISE EXCEPTION '% must be a member of the role reward_outbox_capture', current_user
        USING ERRCODE = 'insufficient_privilege',
              HINT = format('Ask a DBA to run: GRANT reward_outbox_capture TO %I; then migrate again.', current_user);
    END;
  END IF;
END
$$;

CREATE TABLE reward_outbox.watch_rules (
  name            text        PRIMARY KEY,
  watched         regclass    NOT NULL,
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
  created_at      timestamptz NOT NULL DEFAULT now(),
  created_by      text        NOT NULL DEFAULT current_user,
  changed_at      timestamptz NOT NULL DEFAULT now(),
  changed_by      text        NOT NULL DEFAULT current_user
);
COMMENT ON TABLE  reward_outbox.watch_rules IS 'The rules of watch(). A row written here becomes a function and its triggers at once; read reward_outbox.watches.';
COMMENT ON COLUMN reward_outbox.watch_rules.name IS 'The rule''s name: source of its events, part of the names of its function and triggers.';
COMMENT ON COLUMN reward_outbox.watch_rules.watched IS 'The table. Follows a rename, and is dumped by name.';
COMMENT ON COLUMN reward_outbox.watch_rules.operations IS 'INSERT, UPDATE, DELETE: at least one.';
COMMENT ON COLUMN reward_outbox.watch_rules.condition IS 'Boolean SQL expression over NEW, OLD and TG_OP; null: every row.';
COMMENT ON COLUMN reward_outbox.watch_rules.trigger_id IS 'The event''s trigger_id, literally.';
COMMENT ON COLUMN reward_outbox.watch_rules.trigger_id_expr IS 'Or an expression for it.';
COMMENT ON COLUMN reward_outbox.watch_rules.user_id IS 'Expression.';
COMMENT ON COLUMN reward_outbox.watch_rules.payload IS 'Expression, jsonb; null: {}.';
COMMENT ON COLUMN reward_outbox.watch_rules.idempotency_key IS 'Expression; null: every change that matches is an event.';
COMMENT ON COLUMN reward_outbox.watch_rules.ordering_key IS 'Expression or null.';
COMMENT ON COLUMN reward_outbox.watch_rules.deliver_after IS 'Expression or null.';
COMMENT ON COLUMN reward_outbox.watch_rules.metadata IS 'Expression, jsonb, or null. The rule''s name, the table and the row''s key are added to it.';
COMMENT ON COLUMN reward_outbox.watch_rules.on_error IS 'record: the writer goes on and the failure is kept in watch_errors; raise: the writer''s statement fails.';
COMMENT ON COLUMN reward_outbox.watch_rules.key_columns IS 'The table''s primary key when the rule was made.';
COMMENT ON COLUMN reward_outbox.watch_rules.shape IS 'Which triggers the rule has: statement, row or partitioned, and whether updates need both versions of a row.';
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
  at            timestamptz NOT NULL DEFAULT clock_timestamp(),
  resolved_at   timestamptz,
  resolution    text
);
CREATE INDEX watch_errors_unresolved ON reward_outbox.watch_errors (watch, error_no) WHERE resolved_at IS NULL;
COMMENT ON TABLE  reward_outbox.watch_errors IS 'Row changes that a rule could not turn into an event. Mend the rule, then replay them: reward_outbox.replay_watch_errors.';
COMMENT ON COLUMN reward_outbox.watch_errors.error_no IS 'Order in which they were recorded.';
COMMENT ON COLUMN reward_outbox.watch_errors.watch IS 'The rule.';
COMMENT ON COLUMN reward_outbox.watch_errors.table_name IS 'The table as it was called then.';
COMMENT ON COLUMN reward_outbox.watch_errors.operation IS 'INSERT, UPDATE or DELETE.';
COMMENT ON COLUMN reward_outbox.watch_errors.key IS 'Primary key of the row; null: the table has none.';
COMMENT ON COLUMN reward_outbox.watch_errors.error_code IS 'SQLSTATE.';
COMMENT ON COLUMN reward_outbox.watch_errors.error_message IS 'What PostgreSQL said, capped; the last time, when it was replayed in vain.';
COMMENT ON COLUMN reward_outbox.watch_errors.new_row IS 'The row after the change; null: deleted, or both versions together exceed 1 MiB (it can not be replayed then).';
COMMENT ON COLUMN reward_outbox.watch_errors.old_row IS 'The row before the change; null: inserted, or the rule does not look at it.';
COMMENT ON COLUMN reward_outbox.watch_errors.at IS 'When.';
COMMENT ON COLUMN reward_outbox.watch_errors.resolved_at IS 'When it was replayed or dismissed; null: an event may be missing.';
COMMENT ON COLUMN reward_outbox.watch_errors.resolution IS 'What became of it.';
