-- Least privilege. A writer can insert and emit, nothing else; a relay can only call what it needs; an auditor can only read; an operator reads
-- and decides. The functions run as the schema's owner, with a pinned search_path.

REVOKE ALL ON ALL TABLES IN SCHEMA reward_outbox FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA reward_outbox FROM PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA reward_outbox REVOKE ALL ON FUNCTIONS FROM PUBLIC;

-- before_insert() runs as whoever inserts.
GRANT EXECUTE ON FUNCTION reward_outbox.check_event(text, text, jsonb, text, text, timestamptz, jsonb) TO PUBLIC;

GRANT USAGE ON SCHEMA reward_outbox TO reward_outbox_writer, reward_outbox_relay, reward_outbox_auditor, reward_outbox_operator;

GRANT INSERT (trigger_id, user_id, payload, idempotency_key, ordering_key, deliver_after, metadata), SELECT (id) ON reward_outbox.outbox TO reward_outbox_writer;
GRANT EXECUTE ON FUNCTION reward_outbox.emit(text, text, jsonb, text, text, timestamptz, jsonb) TO reward_outbox_writer;

GRANT EXECUTE ON FUNCTION
  reward_outbox.claim(integer, uuid, uuid, integer, integer, boolean, text[], text[]),
  reward_outbox.settle_accepted(integer, uuid[], uuid[], integer[], integer[], integer[], integer[], text[], boolean, uuid[]),
  reward_outbox.settle_failed(integer[], uuid[], uuid[], integer[], integer[], integer[], integer[], text[], text[], text[], text[], text[], double precision[],
    boolean[], boolean, uuid[]),
  reward_outbox.give_back(uuid, uuid[], double precision),
  reward_outbox.expired_leases(integer, double precision), reward_outbox.tidy(), reward_outbox.pause_for_fault(text, text, text),
  reward_outbox.trigger_accepted_since(text, uuid), reward_outbox.register_relay(text, text, integer),
  reward_outbox.heartbeat(integer, text, text, boolean), reward_outbox.check_identity(boolean), reward_outbox.identity()
TO reward_outbox_relay;
GRANT SELECT ON reward_outbox.depth, reward_outbox.triggers, reward_outbox.relays, reward_outbox.migrations, reward_outbox.claims, reward_outbox.head_now,
  reward_outbox.installation TO reward_outbox_relay;

GRANT SELECT ON reward_outbox.events, reward_outbox.attempts, reward_outbox.outbox, reward_outbox.unread, reward_outbox.depth, reward_outbox.event_states, reward_outbox.claims,
  reward_outbox.attempt_log, reward_outbox.triggers, reward_outbox.relays, reward_outbox.operations, reward_outbox.installation, reward_outbox.head_now,
  reward_outbox.migrations TO reward_outbox_auditor;
GRANT EXECUTE ON FUNCTION reward_outbox.identity() TO reward_outbox_auditor;

-- Granting a role needs more than owning the schema; whoever followed the hint of 0001 has done it already.
DO $$
BEGIN
  IF NOT pg_has_role('reward_outbox_operator', 'reward_outbox_auditor', 'MEMBER') THEN
    GRANT reward_outbox_auditor TO reward_outbox_operator;
  END IF;
END
$$;
GRANT EXECUTE ON FUNCTION
  reward_outbox.retry_events(uuid[], boolean, text, text), reward_outbox.cancel_events(uuid[], text, text), reward_outbox.resolve_event(uuid, boolean, text, text),
  reward_outbox.pause_trigger(text, text, text), reward_outbox.resume_trigger(text, text, text), reward_outbox.set_trigger(text, jsonb, text),
  reward_outbox.adopt(boolean, text, text), reward_outbox.prune(timestamptz, uuid, integer)
TO reward_outbox_operator;
