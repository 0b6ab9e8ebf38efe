-- The table applications write to, and emit(). Append-only: a row is inserted once and never updated, so finding new rows costs
-- the same whatever happened to the old ones, and a long transaction elsewhere leaves no dead rows to walk over.

CREATE TABLE reward_outbox.outbox (
  id              uuid        NOT NULL,   -- made by uuidv7() or before_insert()
  xid             xid8        NOT NULL DEFAULT pg_current_xact_id(),
  seq             bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
  created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  deliver_after   timestamptz,
  epoch           integer     NOT NULL,   -- its default is set by record_identity()
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
COMMENT ON COLUMN reward_outbox.outbox.epoch IS 'Which installation the event was written in: see installation.epoch. Transaction ids of different epochs have nothing to do with each other.';
COMMENT ON COLUMN reward_outbox.outbox.trigger_id IS 'Reward''s id of the trigger, for example successful_payment.';
COMMENT ON COLUMN reward_outbox.outbox.user_id IS 'The user, as your application identifies them to Reward.';
COMMENT ON COLUMN reward_outbox.outbox.payload IS 'The JSON object posted to Reward, as the bytes of payload::text.';
COMMENT ON COLUMN reward_outbox.outbox.idempotency_key IS 'At most one event per key, until it is pruned; null: no such limit.';
COMMENT ON COLUMN reward_outbox.outbox.ordering_key IS 'Events with the same key are sent one at a time, in order; null: in parallel, in no promised order.';
COMMENT ON COLUMN reward_outbox.outbox.metadata IS 'Kept for the audit, never sent.';
COMMENT ON COLUMN reward_outbox.outbox.source IS 'Null, or the name of the watch that captured the event.';

DO $$
BEGIN
  IF current_setting('server_version_num')::integer >= 180000 THEN
    ALTER TABLE reward_outbox.outbox ALTER COLUMN id SET DEFAULT uuidv7();
  END IF;
END
$$;

-- For the order of events: the unread ones of a key.
CREATE INDEX outbox_unread_order ON reward_outbox.outbox (ordering_key, xid, seq) WHERE ordering_key IS NOT NULL;
