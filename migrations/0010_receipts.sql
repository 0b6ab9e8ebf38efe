-- Receipts: what Reward says it recorded. Its webhooks are not signed and name no event
-- of ours, only a trigger, a user and a value, so they are evidence and not proof.
-- Nothing here is read or written on the way from an INSERT to its delivery.

-- Values are compared as the numbers that JSON carries for most programs: 19.90 is
-- 19.9, and a receipt that lost the seventeenth digit on its way through Reward
-- still matches. What is out of range counts as infinite, or as nothing.
CREATE FUNCTION reward_outbox.comparable(p_value numeric) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
  WHEN p_value IS NULL THEN NULL
  WHEN p_value > 1.7976931348623157e308 THEN 'Infinity'::double precision
  WHEN p_value < -1.7976931348623157e308 THEN '-Infinity'::double precision
  WHEN abs(p_value) < 2.2250738585072014e-308 THEN 0::double precision
  ELSE p_value::double precision
END;
COMMENT ON FUNCTION reward_outbox.comparable(numeric) IS 'A value as it is compared with that of a receipt.';

CREATE TABLE reward_outbox.receipts (
  receipt_no  bigint      PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  webhook_id  text        NOT NULL UNIQUE CHECK (octet_length(webhook_id) BETWEEN 1 AND 200),
  received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  occurred_at timestamptz,
  kind        text        NOT NULL CHECK (kind IN ('event', 'credit', 'test')),
  trigger_id  text        CHECK (octet_length(trigger_id) BETWEEN 1 AND 512),
  user_id     text        CHECK (octet_length(user_id) BETWEEN 1 AND 512),
  value       numeric,
  CHECK (kind <> 'event' OR num_nulls(trigger_id, user_id) = 0)
);
-- The receipts of one key, and those of a span of time.
CREATE INDEX receipts_key ON reward_outbox.receipts (user_id, trigger_id, received_at) WHERE kind = 'event';
CREATE INDEX receipts_received ON reward_outbox.receipts (received_at);
COMMENT ON TABLE  reward_outbox.receipts IS
  'Webhooks of Reward, each once. Not signed: evidence that Reward recorded some event with this trigger, '
  'user and value.';
COMMENT ON COLUMN reward_outbox.receipts.receipt_no IS 'Order of arrival, more or less.';
COMMENT ON COLUMN reward_outbox.receipts.webhook_id IS
  'Reward''s id of the webhook: a repeated one is the same receipt.';
COMMENT ON COLUMN reward_outbox.receipts.received_at IS 'By the database''s clock.';
COMMENT ON COLUMN reward_outbox.receipts.occurred_at IS
  'When it happened, as Reward says; null: it did not say so in ISO 8601.';
COMMENT ON COLUMN reward_outbox.receipts.kind IS
  'event: a trigger event was recorded. credit: credits were given, which confirms no event. test: sent by '
  'doctor.';
COMMENT ON COLUMN reward_outbox.receipts.trigger_id IS 'Reward''s id of the trigger.';
COMMENT ON COLUMN reward_outbox.receipts.user_id IS 'The user.';
COMMENT ON COLUMN reward_outbox.receipts.value IS 'The value, exactly as it was sent; null: none.';

CREATE TABLE reward_outbox.receipt_quarantine (
  quarantine_no bigint      PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  digest        bytea       NOT NULL UNIQUE,
  first_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  times         integer     NOT NULL DEFAULT 1,
  reason        text        NOT NULL,
  body          bytea       NOT NULL
);
COMMENT ON TABLE  reward_outbox.receipt_quarantine IS
  'What came as a webhook and is none that is known. Counts for nothing. The last 1,000 are kept.';
COMMENT ON COLUMN reward_outbox.receipt_quarantine.quarantine_no IS 'Order.';
COMMENT ON COLUMN reward_outbox.receipt_quarantine.digest IS
  'SHA-256 of the body: the same one again is counted.';
COMMENT ON COLUMN reward_outbox.receipt_quarantine.first_at IS 'When it came first.';
COMMENT ON COLUMN reward_outbox.receipt_quarantine.last_at IS 'When it came last.';
COMMENT ON COLUMN reward_outbox.receipt_quarantine.times IS 'How often it came.';
COMMENT ON COLUMN reward_outbox.receipt_quarantine.reason IS 'What is wrong with it.';
COMMENT ON COLUMN reward_outbox.receipt_quarantine.body IS
  'As it came, whatever bytes they are: the first 16 KiB.';

CREATE TABLE reward_outbox.unexplained_receipts (
  trigger_id  text        PRIMARY KEY,
  explained   integer     NOT NULL,
  unexplained integer     NOT NULL,
  since       timestamptz NOT NULL DEFAULT clock_timestamp(),
  measured_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE  reward_outbox.unexplained_receipts IS
  'Triggers of which receipts came lately that no request explains: made up, doubled, or sent past the '
  'outbox.';
COMMENT ON COLUMN reward_outbox.unexplained_receipts.trigger_id IS 'As the receipts name it.';
COMMENT ON COLUMN reward_outbox.unexplained_receipts.explained IS
  'Of its last 500 receipts: those that go with a request.';
COMMENT ON COLUMN reward_outbox.unexplained_receipts.unexplained IS 'And those that do not.';
COMMENT ON COLUMN reward_outbox.unexplained_receipts.since IS 'When there was one first.';
COMMENT ON COLUMN reward_outbox.unexplained_receipts.measured_at IS
  'When a relay counted last. What is older than ten minutes counts for nothing.';

-- What is done with the evidence, per trigger: nothing, unless somebody asked for it.
ALTER TABLE reward_outbox.triggers
  ADD COLUMN auto_confirm boolean NOT NULL DEFAULT false,
  ADD COLUMN auto_resend  boolean NOT NULL DEFAULT false,
  ADD COLUMN evidence_wait interval CHECK (evidence_wait BETWEEN interval '1 second' AND interval '1 hour');
COMMENT ON COLUMN reward_outbox.triggers.auto_confirm IS
  'An event of which nobody knows whether Reward applied it counts as delivered when receipts say so.';
COMMENT ON COLUMN reward_outbox.triggers.auto_resend IS
  'An uncertain event is sent again when receipts of the others came and its own did not.';

COMMENT ON COLUMN reward_outbox.triggers.evidence_wait IS
  'How long the retry of an ambiguous attempt waits for a receipt; measured by relays. Null: it does not.';

-- Automatic decisions of a trigger: they are capped.
CREATE INDEX operations_by_receipts ON reward_outbox.operations (trigger_id, at)
  WHERE action IN ('confirm', 'resend_unconfirmed');
COMMENT ON COLUMN reward_outbox.operations.action IS
  'retry, cancel, resolve, resend, resent, test, pause, resume, set, adopt, prune, dismiss_watch_errors, '
  'replay_watch_errors, watch_backfill, bulk_retry, bulk_cancel, bulk_stop; confirm, '
  'resend_unconfirmed: a relay went by receipts.';

INSERT INTO reward_outbox.alert_turn (turn, taken_at) VALUES ('reconcile', '-infinity');
COMMENT ON COLUMN reward_outbox.alert_turn.turn IS
  'look: at what needs a person. heartbeat: the ping of the dead man''s switch. reconcile: receipts with '
  'what was sent.';

-- What may have been applied twice, latest first. Accepted attempts have no part in it.
CREATE INDEX attempt_log_ambiguous ON reward_outbox.attempt_log (started_at) WHERE outcome = 'ambiguous';
