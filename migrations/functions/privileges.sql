-- Least privilege. A writer can insert and emit, nothing else; a relay can only
-- call what it needs; an auditor can only read; an operator reads and decides. The
-- functions run as the schema's owner, with a pinned search_path.

REVOKE ALL ON ALL TABLES IN SCHEMA reward_outbox FROM PUBLIC;

-- Platforms switch on row-level security for tables that they find, and without a
-- policy that hides every row from everybody and fails what writes. With these,
-- what the grants allow stays allowed. They do not switch it on.
DO $$
DECLARE
  t record;
BEGIN
  FOR t IN
    SELECT c.oid::regclass AS name
    FROM pg_catalog.pg_class c
    WHERE c.relnamespace = 'reward_outbox'::regnamespace
      AND c.relkind = 'r'
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_policy p
                      WHERE p.polrelid = c.oid AND p.polname = 'grants_decide')
  LOOP
    EXECUTE format('CREATE POLICY grants_decide ON %s USING (true) WITH CHECK (true)', t.name);
  END LOOP;
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA reward_outbox FROM PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA reward_outbox REVOKE ALL ON FUNCTIONS FROM PUBLIC;

-- Called by the defaults and rules of outbox, as whoever inserts.
GRANT EXECUTE ON FUNCTION reward_outbox.new_event_id(), reward_outbox.has_control_characters(text) TO PUBLIC;

-- Called by the view events, as whoever reads it.
GRANT EXECUTE ON FUNCTION reward_outbox.readable(text, text) TO PUBLIC;

DO $grants$
BEGIN
-- With migrate --single-role there is nobody to grant anything to.
IF (SELECT i.single_role FROM reward_outbox.installation i) THEN
  RETURN;
END IF;

GRANT USAGE ON SCHEMA reward_outbox TO reward_outbox_writer, reward_outbox_relay, reward_outbox_auditor,
  reward_outbox_operator;

GRANT INSERT (trigger_id, user_id, payload, idempotency_key, ordering_key, deliver_after, metadata),
  SELECT (id) ON reward_outbox.outbox TO reward_outbox_writer;

GRANT INSERT (trigger_id, user_id, payload, idempotency_key, ordering_key, deliver_after, metadata), SELECT
ON reward_outbox.new_events TO reward_outbox_writer;
GRANT EXECUTE ON FUNCTION reward_outbox.emit(text, text, jsonb, text, text, timestamptz, jsonb,
                                             boolean) TO reward_outbox_writer;

GRANT EXECUTE ON FUNCTION
  reward_outbox.claim(integer, uuid, uuid, integer, integer, boolean, text[], text[], boolean),
  reward_outbox.settle_accepted(integer, reward_outbox.accepted_attempt[], boolean, uuid[]),
  reward_outbox.settle_failed(jsonb, boolean, uuid[]),
  reward_outbox.give_back(uuid, uuid[]),
  reward_outbox.expired_leases(integer, double precision), reward_outbox.tidy(),
  reward_outbox.pause_for_fault(text, text, text, text, double precision),
  reward_outbox.earlier_attempts(uuid, integer, integer), reward_outbox.unknown_triggers_watch(),
  reward_outbox.trigger_accepted_since(text, uuid), reward_outbox.register_relay(text, text, integer),
  reward_outbox.heartbeat(integer, text, text, text, jsonb, boolean),
  reward_outbox.check_in(integer, integer, text, boolean, boolean, integer), reward_outbox.identity(),
  reward_outbox.database_facts(integer, text, jsonb, uuid[], jsonb),
  reward_outbox.prove(uuid, integer, bigint, boolean), reward_outbox.vouch(uuid, text),
  reward_outbox.follow_failover(uuid, uuid, text, text), reward_outbox.doubt(uuid, text, text, text),
  reward_outbox.adopt_unused(text), reward_outbox.require_known_database(uuid, uuid, bigint, bigint),
  reward_outbox.testify(integer, text, jsonb, boolean), reward_outbox.serving_relay(text)
TO reward_outbox_relay;

GRANT SELECT ON reward_outbox.depth, reward_outbox.triggers, reward_outbox.relays, reward_outbox.migrations,
  reward_outbox.claims, reward_outbox.head_now,
  reward_outbox.installation TO reward_outbox_relay;

GRANT SELECT ON reward_outbox.events, reward_outbox.attempts, reward_outbox.outbox, reward_outbox.unread,
  reward_outbox.depth, reward_outbox.event_states, reward_outbox.claims,
  reward_outbox.attempt_log, reward_outbox.triggers, reward_outbox.relays, reward_outbox.operations,
  reward_outbox.installation, reward_outbox.head_now,
  reward_outbox.migrations TO reward_outbox_auditor;

GRANT EXECUTE ON FUNCTION reward_outbox.identity(),
  reward_outbox.database_facts(integer, text, jsonb, uuid[], jsonb),
  reward_outbox.readable(text, text), reward_outbox.unknown_triggers_watch(),
  reward_outbox.refusal_code(text, text, boolean, boolean, boolean) TO reward_outbox_auditor;

GRANT SELECT ON reward_outbox.missing_events TO reward_outbox_auditor;

-- Granting a role needs more than owning the schema; whoever followed the hint of 0001 has done it already.
IF NOT pg_has_role('reward_outbox_operator', 'reward_outbox_auditor', 'MEMBER') THEN
  GRANT reward_outbox_auditor TO reward_outbox_operator;
END IF;

GRANT EXECUTE ON FUNCTION
  reward_outbox.retry_events(uuid[], boolean, text, text, bigint),
  reward_outbox.cancel_events(uuid[], text, text, bigint),
  reward_outbox.write_event(text, text, jsonb, uuid, boolean, text, text),
  reward_outbox.save_preferences(text, jsonb),
  reward_outbox.record_sign_in(text, boolean, jsonb),
  reward_outbox.resolve_event(uuid, boolean, text, text),
  reward_outbox.pause_trigger(text, text, text), reward_outbox.resume_trigger(text, text, text),
  reward_outbox.set_trigger(text, jsonb, text),
  reward_outbox.adopt(boolean, text, text), reward_outbox.prune(timestamptz, uuid, integer)
TO reward_outbox_operator;

GRANT USAGE ON SCHEMA reward_outbox TO reward_outbox_watcher;

-- Makes rules, on tables it owns. It may change watch_rules itself: the table's triggers check
-- every row. What else the owner of a watched table needs is granted to that role when its first
-- rule is made. UPDATE goes by columns, and removing is one: UPDATE or DELETE on the table would
-- bring the right to lock it, which every rule of everybody would wait for.
GRANT SELECT, INSERT,
  UPDATE (name, watched, operations, condition, trigger_id, trigger_id_expr, user_id, payload,
  idempotency_key, ordering_key, deliver_after, metadata, on_error,
  removed) ON reward_outbox.watch_rules TO reward_outbox_watcher;

GRANT SELECT ON reward_outbox.watches, reward_outbox.migrations TO reward_outbox_watcher;

GRANT EXECUTE ON FUNCTION
  reward_outbox.watch(text, text, text[], text, text, text, text, text, text, text, text, text, text),
  reward_outbox.unwatch(text), reward_outbox.preview_rule(reward_outbox.watch_rules, integer),
  reward_outbox.watch_problem(text), reward_outbox.check_rule(text), reward_outbox.watch_warnings(text),
  reward_outbox.watch_columns(text), reward_outbox.bare_expression(text), reward_outbox.in_short_steps(text),
  reward_outbox.checked_watch_rule(reward_outbox.watch_rules),
  reward_outbox.watch_shape(reward_outbox.watch_rules),
  reward_outbox.watch_functions(reward_outbox.watch_rules), reward_outbox.watch_made(text[]),
  reward_outbox.watch_owner(regclass),
  reward_outbox.watch_body(reward_outbox.watch_rules), reward_outbox.watch_mark(text),
  reward_outbox.watch_probe(reward_outbox.watch_rules),
  reward_outbox.watch_row_steps(reward_outbox.watch_rules),
  reward_outbox.watch_row_by_row(reward_outbox.watch_rules),
  reward_outbox.watch_statement_steps(reward_outbox.watch_rules),
  reward_outbox.watch_step(reward_outbox.watch_rules, text),
  reward_outbox.watch_source(reward_outbox.watch_rules, text),
  reward_outbox.watch_captured_rows(reward_outbox.watch_rules),
  reward_outbox.watch_rest_by_keys(reward_outbox.watch_rules), reward_outbox.watch_part(text, text),
  reward_outbox.watch_numbered_source(reward_outbox.watch_rules, text),
  reward_outbox.watch_emission(reward_outbox.watch_rules, text, text, text),
  reward_outbox.watch_values(reward_outbox.watch_rules, text, text), reward_outbox.capture_settings(),
  reward_outbox.watch_triggers(reward_outbox.watch_rules),
  reward_outbox.present_watch_triggers(reward_outbox.watch_rules),
  reward_outbox.watch_mentions(reward_outbox.watch_rules, text),
  reward_outbox.watch_expressions(reward_outbox.watch_rules),
  reward_outbox.watch_fields(text, text), reward_outbox.event_fields(),
  reward_outbox.check_captured(reward_outbox.written_event),
  reward_outbox.outbox_problem(reward_outbox.written_event)
TO reward_outbox_watcher;

GRANT SELECT ON reward_outbox.watches, reward_outbox.watch_rules,
  reward_outbox.watch_errors TO reward_outbox_auditor;

GRANT EXECUTE ON FUNCTION reward_outbox.watch_problem(text) TO reward_outbox_auditor;

GRANT EXECUTE ON FUNCTION reward_outbox.broken_watches() TO reward_outbox_relay, reward_outbox_auditor,
  reward_outbox_watcher;

GRANT EXECUTE ON FUNCTION reward_outbox.check_rule(text) TO reward_outbox_operator;

GRANT SELECT (watch, resolved_at) ON reward_outbox.watch_errors TO reward_outbox_relay;

GRANT SELECT ON reward_outbox.watch_misses TO reward_outbox_relay, reward_outbox_auditor;

GRANT EXECUTE ON FUNCTION reward_outbox.replay_watch_errors(text, bigint, integer),
  reward_outbox.dismiss_watch_errors(text, bigint[], text, text),
  reward_outbox.prune_watch_errors(timestamptz)
TO reward_outbox_operator;

GRANT EXECUTE ON FUNCTION reward_outbox.count_backfill(text, jsonb),
  reward_outbox.try_backfill(text, jsonb, jsonb, integer, integer),
  reward_outbox.begin_backfill(text, jsonb, jsonb, uuid, boolean, boolean, text, text, integer, bigint),
  reward_outbox.backfill_step(bigint, uuid, integer, integer),
  reward_outbox.leave_backfill(bigint, uuid, text), reward_outbox.stop_backfill(bigint, text)
TO reward_outbox_operator;

GRANT SELECT ON reward_outbox.watch_backfills TO reward_outbox_auditor;

GRANT EXECUTE ON FUNCTION reward_outbox.backfill_state(reward_outbox.watch_backfills)
TO reward_outbox_auditor;

REVOKE ALL ON reward_outbox.bulk_runs FROM PUBLIC;

REVOKE ALL ON FUNCTION reward_outbox.bulk_run_is_lost(reward_outbox.bulk_runs),
  reward_outbox.end_bulk_run(bigint, text, text),
  reward_outbox.begin_bulk_run(text, jsonb, text, boolean, integer, double precision, text),
  reward_outbox.report_bulk_run(bigint, integer, integer, integer, integer),
  reward_outbox.stop_bulk_run(bigint, text),
  reward_outbox.record_replay(text, integer, integer, text)
FROM PUBLIC;

GRANT SELECT ON reward_outbox.bulk_runs TO reward_outbox_auditor;

GRANT EXECUTE ON FUNCTION reward_outbox.bulk_run_is_lost(reward_outbox.bulk_runs) TO reward_outbox_auditor;

GRANT EXECUTE ON FUNCTION reward_outbox.end_bulk_run(bigint, text, text),
  reward_outbox.begin_bulk_run(text, jsonb, text, boolean, integer, double precision, text),
  reward_outbox.report_bulk_run(bigint, integer, integer, integer, integer),
  reward_outbox.stop_bulk_run(bigint, text),
  reward_outbox.record_replay(text, integer, integer, text)
TO reward_outbox_operator;

REVOKE ALL ON reward_outbox.relay_samples FROM PUBLIC;

REVOKE ALL ON FUNCTION reward_outbox.tidy_samples(),
  reward_outbox.record_sample(integer, integer, double precision, double precision, integer[], integer[])
  FROM PUBLIC;

GRANT EXECUTE ON FUNCTION reward_outbox.tidy_samples(),
  reward_outbox.record_sample(integer, integer, double precision, double precision, integer[],
                              integer[]) TO reward_outbox_relay;

GRANT SELECT ON reward_outbox.relay_samples TO reward_outbox_auditor;

REVOKE ALL ON reward_outbox.alerts, reward_outbox.alert_turn FROM PUBLIC;

REVOKE ALL ON FUNCTION reward_outbox.take_alert_turn(text, double precision),
  reward_outbox.alert_told(text, text, text),
  reward_outbox.observe_attention(jsonb, double precision, double precision, integer, integer,
                                  double precision)
  FROM PUBLIC;

GRANT EXECUTE ON FUNCTION reward_outbox.take_alert_turn(text, double precision),
  reward_outbox.alert_told(text, text, text),
  reward_outbox.observe_attention(jsonb, double precision, double precision, integer, integer,
                                  double precision) TO reward_outbox_relay;

GRANT SELECT ON reward_outbox.alerts TO reward_outbox_auditor;

REVOKE ALL ON FUNCTION reward_outbox.with_trace(jsonb), reward_outbox.trace_contexts(uuid[]) FROM PUBLIC;

GRANT EXECUTE ON FUNCTION reward_outbox.trace_contexts(uuid[]) TO reward_outbox_relay;

REVOKE ALL ON reward_outbox.console_preferences FROM PUBLIC;

GRANT SELECT ON reward_outbox.console_preferences TO reward_outbox_auditor;

GRANT EXECUTE ON FUNCTION reward_outbox.message_shape(text) TO reward_outbox_auditor;

-- The receiver of webhooks, alone or within a relay, may hand one over and nothing
-- else: whatever it is sent, it can neither read an event nor have one sent.
GRANT USAGE ON SCHEMA reward_outbox TO reward_outbox_webhook;

GRANT SELECT ON reward_outbox.migrations TO reward_outbox_webhook;

GRANT EXECUTE ON FUNCTION reward_outbox.receive_webhook(bytea) TO reward_outbox_webhook, reward_outbox_relay;

REVOKE ALL ON reward_outbox.receipts, reward_outbox.receipt_quarantine, reward_outbox.unexplained_receipts
FROM PUBLIC;

GRANT SELECT ON reward_outbox.receipts, reward_outbox.receipt_quarantine TO reward_outbox_auditor;

GRANT EXECUTE ON FUNCTION reward_outbox.comparable(numeric) TO reward_outbox_auditor;

GRANT SELECT ON reward_outbox.unexplained_receipts TO reward_outbox_auditor, reward_outbox_relay;

GRANT EXECUTE ON FUNCTION reward_outbox.webhook_delays(text), reward_outbox.key_evidence(uuid),
  reward_outbox.receipts_around(text, timestamptz, double precision),
  reward_outbox.doubts_alike(text, integer, text, double precision) TO reward_outbox_relay,
  reward_outbox_auditor;

GRANT EXECUTE ON FUNCTION reward_outbox.measure_evidence_waits(),
  reward_outbox.measure_unexplained_receipts(), reward_outbox.goes_by_receipts(),
  reward_outbox.reconcilable_events(uuid, integer),
  reward_outbox.decide_by_receipts(uuid, boolean, text, jsonb) TO reward_outbox_relay;

GRANT EXECUTE ON FUNCTION reward_outbox.value_at_stake() TO reward_outbox_relay, reward_outbox_auditor;

REVOKE ALL ON reward_outbox.retention, reward_outbox.retention_walks, reward_outbox.retention_left,
  reward_outbox.erasure_salt FROM PUBLIC;

GRANT SELECT ON reward_outbox.retention TO reward_outbox_auditor, reward_outbox_relay;

GRANT EXECUTE ON FUNCTION reward_outbox.retain(integer) TO reward_outbox_relay;

GRANT EXECUTE ON FUNCTION reward_outbox.event_id_at(timestamptz, text) TO reward_outbox_auditor,
  reward_outbox_operator;

GRANT EXECUTE ON FUNCTION reward_outbox.set_retention(jsonb, text),
  reward_outbox.erase_user(text, integer, text)
TO reward_outbox_operator;

REVOKE ALL ON reward_outbox.chain_settings, reward_outbox.chains, reward_outbox.chain_entries,
  reward_outbox.chain_pending, reward_outbox.unchained_attempts FROM PUBLIC;

GRANT SELECT ON reward_outbox.chain_settings, reward_outbox.chains, reward_outbox.chain_entries,
  reward_outbox.chain_pending, reward_outbox.unchained_attempts TO reward_outbox_auditor;

GRANT EXECUTE ON FUNCTION reward_outbox.chained_attempts(uuid[], integer[], text[]),
  reward_outbox.chained_decisions(bigint[]), reward_outbox.unchained_entries(),
  reward_outbox.record_verified(integer, jsonb, text)
TO reward_outbox_auditor;

GRANT SELECT ON reward_outbox.chain_settings TO reward_outbox_relay;

GRANT SELECT ON reward_outbox.unchained_attempts TO reward_outbox_relay;

GRANT EXECUTE ON FUNCTION reward_outbox.chain_attempts(bigint, integer), reward_outbox.chain_heads(integer),
  reward_outbox.chain_told(text[], bigint[])
TO reward_outbox_relay;

GRANT EXECUTE ON FUNCTION reward_outbox.set_chain(boolean, text, text) TO reward_outbox_operator;

END
$grants$;
