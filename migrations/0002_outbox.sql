-- The table applications write to. On its way to Reward a row is inserted once and never
-- updated, so finding new rows costs the same whatever happened to the old ones,
-- and a long transaction elsewhere leaves no dead rows to walk over. What changes rows is
-- retention and erasure: they take content out of events that are finished.

-- The rules of an event, one domain per column. The table's CHECK casts to them: PostgreSQL plans
-- a domain's rules once per session, but those of a table anew for every statement, which would
-- cost the application a third of its INSERT. The columns themselves stay what they look like:
-- some drivers send nothing to a column whose type they do not know. The name of a rule is what
-- an error says; rules of a column are checked in the order of their names.

-- U+0001 to U+001F and U+007F everywhere. U+0080 to U+009F where these numbers are those characters, in
-- Unicode and ISO 8859: elsewhere they are letters and signs (WIN125x, WIN866, KOI8), or parts of characters
-- (SQL_ASCII). Texts without any need one look. STABLE, as all that it calls, so that it is inlined.
CREATE FUNCTION reward_outbox.has_control_characters(p_text text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
RETURN p_text COLLATE "C" ~ '[\u0001-\u001f\u007f-\u009f]'
  AND (p_text COLLATE "C" ~ '[\u0001-\u001f\u007f]' OR getdatabaseencoding() ~ '^(UTF8|LATIN|ISO_8859)');
COMMENT ON FUNCTION reward_outbox.has_control_characters(text) IS
  'Whether a text holds characters that no id may hold, in the encoding of the database.';

CREATE DOMAIN reward_outbox.valid_trigger_id AS text
  CONSTRAINT "trigger_id must be 1 to 512 bytes"
    CHECK (octet_length(VALUE) BETWEEN 1 AND 512)
  CONSTRAINT "trigger_id must not be . or .."
    CHECK (VALUE NOT IN ('.', '..'))
  CONSTRAINT "trigger_id must not contain control characters"
    CHECK (NOT reward_outbox.has_control_characters(VALUE));
CREATE DOMAIN reward_outbox.valid_user_id AS text
  CONSTRAINT "user_id must be 1 to 512 bytes"
    CHECK (octet_length(VALUE) BETWEEN 1 AND 512)
  CONSTRAINT "user_id must not be . or .."
    CHECK (VALUE NOT IN ('.', '..'))
  CONSTRAINT "user_id must not contain control characters"
    CHECK (NOT reward_outbox.has_control_characters(VALUE));
CREATE DOMAIN reward_outbox.valid_payload AS jsonb
  CONSTRAINT "payload must be a JSON object"
    CHECK (jsonb_typeof(VALUE) = 'object')
  CONSTRAINT "payload must be at most 64 KiB as text"
    CHECK (octet_length(VALUE::text) <= 65536)
  -- 65 nested containers need 130 characters for their brackets alone; shorter documents skip the walk.
  CONSTRAINT "payload must be nested at most 64 deep"
    CHECK (octet_length(VALUE::text) < 130
           OR NOT VALUE @? 'strict $.**{64 to last} ? (@.type() == "object" || @.type() == "array")')
  CONSTRAINT "payload.value must be a number"
    CHECK (jsonb_typeof(VALUE -> 'value') = 'number');
CREATE DOMAIN reward_outbox.valid_idempotency_key AS text
  CONSTRAINT "idempotency_key must be 1 to 512 bytes"
    CHECK (octet_length(VALUE) BETWEEN 1 AND 512);
CREATE DOMAIN reward_outbox.valid_ordering_key AS text
  CONSTRAINT "ordering_key must be 1 to 512 bytes"
    CHECK (octet_length(VALUE) BETWEEN 1 AND 512);
CREATE DOMAIN reward_outbox.valid_deliver_after AS timestamptz
  CONSTRAINT "deliver_after must be finite"
    CHECK (isfinite(VALUE))
  -- In seconds since 1970: every language has a type for such a time.
  CONSTRAINT "deliver_after must lie in the years 1 to 9999"
    CHECK (VALUE >= to_timestamp(-62135596800) AND VALUE < to_timestamp(253402300800));
CREATE DOMAIN reward_outbox.valid_metadata AS jsonb
  CONSTRAINT "metadata must be at most 64 KiB as text"
    CHECK (octet_length(VALUE::text) <= 65536);
COMMENT ON DOMAIN reward_outbox.valid_trigger_id IS 'The rules of outbox.trigger_id.';
COMMENT ON DOMAIN reward_outbox.valid_user_id IS 'The rules of outbox.user_id.';
COMMENT ON DOMAIN reward_outbox.valid_payload IS 'The rules of outbox.payload.';
COMMENT ON DOMAIN reward_outbox.valid_idempotency_key IS 'The rules of outbox.idempotency_key.';
COMMENT ON DOMAIN reward_outbox.valid_ordering_key IS 'The rules of outbox.ordering_key.';
COMMENT ON DOMAIN reward_outbox.valid_deliver_after IS 'The rules of outbox.deliver_after.';
COMMENT ON DOMAIN reward_outbox.valid_metadata IS 'The rules of outbox.metadata.';

-- The fields of an event, in the order of emit(). The functions of capture rules are made from this list:
-- event_fields() tells it. What else knows a field by its name, CONTRIBUTING.md says.
CREATE TYPE reward_outbox.written_event AS (
  trigger_id      text,
  user_id         text,
  payload         jsonb,
  idempotency_key text,
  ordering_key    text,
  deliver_after   timestamptz,
  metadata        jsonb
);
COMMENT ON TYPE reward_outbox.written_event IS
  'What a writer says of an event. An attribute for each field, under the name that it has in outbox.';

CREATE TYPE reward_outbox.valid_event AS (
  trigger_id      reward_outbox.valid_trigger_id,
  user_id         reward_outbox.valid_user_id,
  payload         reward_outbox.valid_payload,
  idempotency_key reward_outbox.valid_idempotency_key,
  ordering_key    reward_outbox.valid_ordering_key,
  deliver_after   reward_outbox.valid_deliver_after,
  metadata        reward_outbox.valid_metadata
);
COMMENT ON TYPE reward_outbox.valid_event IS
  'The same under the rules of each field: a written_event that breaks one cannot be cast to it.';

CREATE TABLE reward_outbox.outbox (
  id              uuid        NOT NULL,   -- by default uuidv7() or new_event_id()
  xid             xid8        NOT NULL DEFAULT pg_current_xact_id(),
  seq             bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
  created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  deliver_after   timestamptz,
  epoch           integer     NOT NULL,   -- its default is set by record_identity()
  -- The wake lock (src/store/wake-lock.ts), shared until the end of the transaction.
  -- Whoever gets it knows that no relay waits to be notified; a relay that wants to be
  -- waits until all who got it have ended. See notify_relays().
  silent          boolean     NOT NULL DEFAULT pg_try_advisory_xact_lock_shared(1380929362, 1),
  trigger_id      text        NOT NULL,
  user_id         text        NOT NULL,
  payload         jsonb       NOT NULL DEFAULT '{}',
  idempotency_key text,
  ordering_key    text,
  metadata        jsonb,
  source          text,
  captured_key    text,
  CONSTRAINT outbox_pkey PRIMARY KEY (id),
  -- Always true, where it does not fail with the name of a rule.
  CONSTRAINT outbox_rules CHECK (
    num_nulls(
      trigger_id::reward_outbox.valid_trigger_id,
      user_id::reward_outbox.valid_user_id,
      payload::reward_outbox.valid_payload,
      coalesce(idempotency_key, captured_key)::reward_outbox.valid_idempotency_key,
      ordering_key::reward_outbox.valid_ordering_key,
      deliver_after::reward_outbox.valid_deliver_after,
      metadata::reward_outbox.valid_metadata
    ) <= 7
  )
);

-- The order in which relays read: by inserting transaction, so that what a snapshot could
-- not see yet is one range (from its xmax on) and a few points (the transactions that were
-- running), and rows that commit late are found exactly. See claim().
CREATE UNIQUE INDEX outbox_read_order ON reward_outbox.outbox (epoch, xid, seq);
-- Of all rows: ON CONFLICT (idempotency_key), as libraries write it, finds no index
-- that leaves some out. An INSERT without a key pays 0.5 to 0.9 us for that, of 34.
CREATE UNIQUE INDEX outbox_idempotency_key ON reward_outbox.outbox (idempotency_key);
-- Captured rows have their key elsewhere: a unique index makes the second writer of a
-- key wait for the first, fail by its timeout or by a deadlock, and a watch does none
-- of that to a business transaction. The claim keeps the first of a key.
CREATE INDEX outbox_captured_key ON reward_outbox.outbox (captured_key)
  WHERE captured_key IS NOT NULL;
-- "What did this customer get?": the question every audit begins with.
CREATE INDEX outbox_user ON reward_outbox.outbox (user_id, id);

COMMENT ON TABLE  reward_outbox.outbox IS
  'Events as they were written, one row each. Only retention and erasure take something out of them. Insert '
  'here (or call reward_outbox.emit); read reward_outbox.events.';
COMMENT ON COLUMN reward_outbox.outbox.id IS
  'The event''s id: a version 7 UUID, sent to Reward as Idempotency-Key.';
COMMENT ON COLUMN reward_outbox.outbox.xid IS 'The transaction that inserted the row.';
COMMENT ON COLUMN reward_outbox.outbox.seq IS
  'Order of insertion. Of two rows, the one that had committed before the other was inserted has the lower '
  'number.';
COMMENT ON COLUMN reward_outbox.outbox.created_at IS
  'When the row was inserted (not when its transaction began or committed).';
COMMENT ON COLUMN reward_outbox.outbox.deliver_after IS
  'Not sent before this time; null: as soon as it is committed.';
COMMENT ON COLUMN reward_outbox.outbox.epoch IS
  'Which installation the event was written in: see installation.epoch. Transaction ids of different epochs '
  'have nothing to do with each other.';
COMMENT ON COLUMN reward_outbox.outbox.silent IS 'No relay waited to be notified when the row was inserted.';
COMMENT ON COLUMN reward_outbox.outbox.trigger_id IS
  'Reward''s id of the trigger, for example successful_payment.';
COMMENT ON COLUMN reward_outbox.outbox.user_id IS 'The user, as your application identifies them to Reward.';
COMMENT ON COLUMN reward_outbox.outbox.payload IS
  'The JSON object posted to Reward, as the bytes of payload::text.';
COMMENT ON COLUMN reward_outbox.outbox.idempotency_key IS
  'At most one event per key, until it is pruned; null: no such limit. Of a captured event: see '
  'captured_key.';
COMMENT ON COLUMN reward_outbox.outbox.ordering_key IS
  'Events with the same key are sent one at a time, in order; null: in parallel, in no promised order.';
COMMENT ON COLUMN reward_outbox.outbox.metadata IS 'Kept for the audit, never sent.';
COMMENT ON COLUMN reward_outbox.outbox.source IS 'Null, or the name of the watch that captured the event.';
COMMENT ON COLUMN reward_outbox.outbox.captured_key IS
  'The idempotency key of an event that a watch captured: several may have it, of which one is sent. Null: '
  'none, or not captured.';

DO $$
BEGIN
  IF current_setting('server_version_num')::integer >= 180000 THEN
    ALTER TABLE reward_outbox.outbox ALTER COLUMN id SET DEFAULT uuidv7();
  END IF;
END
$$;

-- For the order of events: the unread ones of a key.
CREATE INDEX outbox_unread_order ON reward_outbox.outbox (ordering_key, xid, seq)
WHERE ordering_key IS NOT NULL;
