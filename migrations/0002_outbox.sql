-- The table applications write to, and emit(). Append-only: a row is inserted once and never updated, so finding new rows costs
-- the same whatever happened to the old ones, and a long transaction elsewhere leaves no dead rows to walk over.

-- The rules of an event, one by one, so that the error can name the one that is broken: it looks like the violation of a CHECK whose name is the rule.
CREATE FUNCTION reward_outbox.check_event(
  trigger_id text, user_id text, payload jsonb, idempotency_key text, ordering_key text, deliver_after timestamptz, metadata jsonb
) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
DECLARE
  payload_text CONSTANT text := payload::text;
  control      CONSTANT text := '[\u0001-\u001f\u007f-\u009f]';
  rule text;
BEGIN
  rule := CASE
    WHEN trigger_id IS NULL OR user_id IS NULL OR payload IS NULL THEN NULL   -- NOT NULL says it better
    WHEN octet_length(trigger_id) NOT BETWEEN 1 AND 512 THEN 'trigger_id must be 1 to 512 bytes'
    WHEN trigger_id IN ('.', '..') THEN 'trigger_id must not be . or ..'
    WHEN trigger_id COLLATE "C" ~ control THEN 'trigger_id must not contain control characters'
    WHEN octet_length(user_id) NOT BETWEEN 1 AND 512 THEN 'user_id must be 1 to 512 bytes'
    WHEN user_id IN ('.', '..') THEN 'user_id must not be . or ..'
    WHEN user_id COLLATE "C" ~ control THEN 'user_id must not contain control characters'
    WHEN jsonb_typeof(payload) <> 'object' THEN 'payload must be a JSON object'
    WHEN octet_length(payload_text) > 65536 THEN 'payload must be at most 64 KiB as text'
    -- 65 nested containers need 130 characters for their brackets alone; shorter documents skip the walk.
    WHEN octet_length(payload_text) >= 130 AND payload @? 'strict $.**{64 to last} ? (@.type() == "object" || @.type() == "array")'
      THEN 'payload must be nested at most 64 deep'
    WHEN jsonb_typeof(payload -> 'value') <> 'number' THEN 'payload.value must be a number'
    WHEN octet_length(idempotency_key) NOT BETWEEN 1 AND 512 THEN 'idempotency_key must be 1 to 512 bytes'
    WHEN octet_length(ordering_key) NOT BETWEEN 1 AND 512 THEN 'ordering_key must be 1 to 512 bytes'
    WHEN NOT isfinite(deliver_after) THEN 'deliver_after must be finite'
    WHEN octet_length(metadata::text) > 65536 THEN 'metadata must be at most 64 KiB as text'
  END;
  IF rule IS NULL THEN
    RETURN true;
  END IF;
  RAISE EXCEPTION 'new row for relation "outbox" violates check constraint "%"', rule
    USING ERRCODE = 'check_violation', SCHEMA = 'reward_outbox', TABLE = 'outbox', COLUMN = split_part(split_part(rule, ' ', 1), '.', 1), CONSTRAINT = rule;
END
$$;
COMMENT ON FUNCTION reward_outbox.check_event(text, text, jsonb, text, text, timestamptz, jsonb) IS 'The rules of an event: true, or an error (23514) that names the column and the rule.';

CREATE TABLE reward_outbox.outbox (
  id              uuid        NOT NULL,   -- made by uuidv7() or before_insert()
  xid             xid8        NOT NULL DEFAULT pg_current_xact_id(),
  seq             bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
  created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  deliver_after   timestamptz,
  epoch           integer     NOT NULL DEFAULT 1,
  trigger_id      text        NOT NULL,
  user_id         text        NOT NULL,
  payload         jsonb       NOT NULL DEFAULT '{}',
  idempotency_key text,
  ordering_key    text,
  metadata        jsonb,
  source          text,
  CONSTRAINT outbox_pkey PRIMARY KEY (id)
);

-- The order in which relays read: by inserting transaction, so that what a snapshot could not see yet is one range (from its
-- xmax on) and a few points (the transactions that were running), and rows that commit late are found exactly. See claim().
CREATE UNIQUE INDEX outbox_read_order ON reward_outbox.outbox (epoch, xid, seq);
CREATE UNIQUE INDEX outbox_idempotency_key ON reward_outbox.outbox (idempotency_key) WHERE idempotency_key IS NOT NULL;
-- "What did this customer get?": the question every audit begins with.
CREATE INDEX outbox_user ON reward_outbox.outbox (user_id, id);

COMMENT ON TABLE  reward_outbox.outbox IS 'Events as they were written, one row each, never updated. Insert here (or call reward_outbox.emit); read reward_outbox.events.';
COMMENT ON COLUMN reward_outbox.outbox.id IS 'The event''s id: a version 7 UUID, sent to Reward as Idempotency-Key.';
COMMENT ON COLUMN reward_outbox.outbox.xid IS 'The transaction that inserted the row.';
COMMENT ON COLUMN reward_outbox.outbox.seq IS 'Order of insertion. Of two rows, the one that had committed before the other was inserted has the lower number.';
COMMENT ON COLUMN reward_outbox.outbox.created_at IS 'When the row was inserted (not when its transaction began or committed).';
COMMENT ON COLUMN reward_outbox.outbox.deliver_after IS 'Not sent before this time; null: as soon as it is committed.';
COMMENT ON COLUMN reward_outbox.outbox.epoch IS 'Which life of this database: raised by adopt() after a restore, because transaction ids start again there.';
COMMENT ON COLUMN reward_outbox.outbox.trigger_id IS 'Reward''s id of the trigger, for example successful_payment.';
COMMENT ON COLUMN reward_outbox.outbox.user_id IS 'The user, as your application identifies them to Reward.';
COMMENT ON COLUMN reward_outbox.outbox.payload IS 'The JSON object posted to Reward, as the bytes of payload::text.';
COMMENT ON COLUMN reward_outbox.outbox.idempotency_key IS 'At most one event per key, until it is pruned; null: no such limit.';
COMMENT ON COLUMN reward_outbox.outbox.ordering_key IS 'Events with the same key are sent one at a time, in order; null: in parallel, in no promised order.';
COMMENT ON COLUMN reward_outbox.outbox.metadata IS 'Kept for the audit, never sent.';
COMMENT ON COLUMN reward_outbox.outbox.source IS 'Null, or the name of the watch that captured the event.';

-- All that happens to a row on its way in: its id is made, the rules are checked, and a sleeping relay is woken. One row trigger with one function and
-- few short expressions, because that is what costs the application least: PostgreSQL reads and plans CHECK constraints, WHEN clauses and the expressions of
-- defaults anew for every statement, and sets up every expression of a function anew for every transaction.
CREATE FUNCTION reward_outbox.before_insert() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
DECLARE
  parts text;
BEGIN
  IF NEW.id IS NULL THEN
    -- A version 7 UUID by hand, where PostgreSQL has no uuidv7(): the first 48 bits are milliseconds, so that the index grows at its end and
    -- "newest first" is the order of ids.
    NEW.id := encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
                PLACING substring(int8send((date_part('epoch', clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid;
  END IF;

  -- The usual event is known to be right by one pattern: ids that begin with a letter or digit, a flat payload whose value, if it has one, begins as a
  -- number does, keys, and all of it in 512 bytes. The five parts are separated by a character that is allowed in none of them, so the pattern
  -- holds only if there are exactly four of it. Everything else is checked rule by rule.
  parts := concat(NEW.trigger_id, chr(1), NEW.user_id, chr(1), NEW.payload, chr(1), NEW.idempotency_key, chr(1), NEW.ordering_key);
  IF octet_length(parts) > 512 OR num_nulls(NEW.deliver_after, NEW.metadata) < 2 OR NEW.idempotency_key = '' OR NEW.ordering_key = '' OR parts COLLATE "C" !~
    '^[A-Za-z0-9][^\u0001-\u001f\u007f-\u009f]*\u0001[A-Za-z0-9][^\u0001-\u001f\u007f-\u009f]*\u0001[{](?!.*"value": [^-0-9])[^][{}\u0001]*[}](\u0001[^\u0001-\u001f\u007f-\u009f]*){2}$'
  THEN
    PERFORM reward_outbox.check_event(NEW.trigger_id, NEW.user_id, NEW.payload, NEW.idempotency_key, NEW.ordering_key, NEW.deliver_after, NEW.metadata);
  END IF;

  -- NOTIFY takes a lock on the whole database during COMMIT, through its fsync; with many writers it would cost the application most of its
  -- throughput. A relay that is awake (looking by itself) therefore holds an advisory lock, and a writer rings only if it could get that lock: taken
  -- shared and given back at once. It goes by itself if the relay dies. The row's transaction has its id by now (xid's default), which is what a
  -- relay that goes to sleep waits for. Several rows of one transaction ring once: PostgreSQL folds equal notifications. The channel carries no
  -- message: a relay that hears it looks at the table.
  IF pg_try_advisory_lock_shared(1380929362, 1) THEN
    PERFORM pg_advisory_unlock_shared(1380929362, 1);
    -- SET reward_outbox.notify = off switches ringing off (PREPARE TRANSACTION forbids NOTIFY); the poll then carries it.
    IF current_setting('reward_outbox.notify', true) IS DISTINCT FROM 'off' THEN
      PERFORM pg_notify('reward_outbox', '');
    END IF;
  END IF;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION reward_outbox.before_insert() IS 'Makes the id of an event, refuses what Reward could not take, and rings the relays unless one is awake anyway.';

DO $$
BEGIN
  IF current_setting('server_version_num')::integer >= 180000 THEN
    ALTER TABLE reward_outbox.outbox ALTER COLUMN id SET DEFAULT uuidv7();
  END IF;
END
$$;

CREATE TRIGGER before_insert BEFORE INSERT ON reward_outbox.outbox FOR EACH ROW EXECUTE FUNCTION reward_outbox.before_insert();

CREATE FUNCTION reward_outbox.emit(
  trigger_id      text,
  user_id         text,
  payload         jsonb       DEFAULT '{}',
  idempotency_key text        DEFAULT NULL,
  ordering_key    text        DEFAULT NULL,
  deliver_after   timestamptz DEFAULT NULL,
  metadata        jsonb       DEFAULT NULL
) RETURNS uuid
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  event_id uuid;
  earlier  record;
BEGIN
  INSERT INTO reward_outbox.outbox AS o (trigger_id, user_id, payload, idempotency_key, ordering_key, deliver_after, metadata)
  VALUES (emit.trigger_id, emit.user_id, coalesce(emit.payload, '{}'), emit.idempotency_key, emit.ordering_key, emit.deliver_after,
          CASE WHEN current_setting('reward_outbox.traceparent', true) <> '' THEN reward_outbox.with_trace(emit.metadata) ELSE emit.metadata END)
  ON CONFLICT (idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING
  RETURNING o.id INTO event_id;
  IF event_id IS NOT NULL THEN
    RETURN event_id;
  END IF;

  SELECT o.id, o.trigger_id = emit.trigger_id AND o.user_id = emit.user_id AND o.payload = coalesce(emit.payload, '{}') AS same
  INTO earlier
  FROM reward_outbox.outbox o WHERE o.idempotency_key = emit.idempotency_key;
  IF earlier.same THEN
    RETURN earlier.id;
  END IF;
  RAISE EXCEPTION 'idempotency_key % was already used for another event', quote_literal(emit.idempotency_key)
    USING ERRCODE = 'unique_violation', SCHEMA = 'reward_outbox', TABLE = 'outbox', COLUMN = 'idempotency_key', CONSTRAINT = 'outbox_idempotency_key',
          DETAIL = format('The first event with this key is %s; its trigger_id, user_id or payload differs.', coalesce(earlier.id::text, 'gone by now')),
          HINT = 'Use a key that names the business fact, such as order-4711-paid, and the same values each time.';
END
$$;
COMMENT ON FUNCTION reward_outbox.emit(text, text, jsonb, text, text, timestamptz, jsonb) IS
  'Writes one event in the calling transaction and returns its id. A second call with the same idempotency_key adds nothing and returns the first id; with other values it fails (23505).';
