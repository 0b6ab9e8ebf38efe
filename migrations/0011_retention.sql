-- How long what is kept, and the data of persons. Carried out by the relays in small batches; without a
-- policy nothing goes.

CREATE TABLE reward_outbox.retention (
  only_row         boolean  PRIMARY KEY DEFAULT true CHECK (only_row),
  delivered        interval CHECK (delivered >= interval '1 hour'),
  dead             interval CHECK (dead >= interval '1 hour'),
  cancelled        interval CHECK (cancelled >= interval '1 hour'),
  payload          interval CHECK (payload >= interval '1 hour'),
  response_body    interval CHECK (response_body >= interval '1 hour'),
  receipts         interval CHECK (receipts >= interval '1 hour'),
  idempotency_keys interval CHECK (idempotency_keys >= interval '1 hour')
);
INSERT INTO reward_outbox.retention DEFAULT VALUES;
COMMENT ON TABLE  reward_outbox.retention IS
  'How long what is kept, from when it was written. Null: for ever.';
COMMENT ON COLUMN reward_outbox.retention.only_row IS 'Keeps the table at one row.';
COMMENT ON COLUMN reward_outbox.retention.delivered IS 'Delivered events, with their attempts.';
COMMENT ON COLUMN reward_outbox.retention.dead IS 'Dead events, with their attempts.';
COMMENT ON COLUMN reward_outbox.retention.cancelled IS 'Cancelled events, with their attempts.';
COMMENT ON COLUMN reward_outbox.retention.payload IS
  'What the payload of a finished event has besides its value, and its metadata.';
COMMENT ON COLUMN reward_outbox.retention.response_body IS 'What Reward answered.';
COMMENT ON COLUMN reward_outbox.retention.receipts IS 'Receipts, and webhooks in quarantine.';
COMMENT ON COLUMN reward_outbox.retention.idempotency_keys IS
  'An event with a key stays at least as long: until then its key is taken.';

-- Every event is looked at once for each policy, in the order of ids: there is nothing to walk over twice.
CREATE TABLE reward_outbox.retention_walks (
  walk      text PRIMARY KEY,
  walked_to uuid NOT NULL
);
COMMENT ON TABLE  reward_outbox.retention_walks IS 'How far each policy was carried out.';
COMMENT ON COLUMN reward_outbox.retention_walks.walk IS
  'unkeyed and keyed: delivered events without and with a key go. payload, response_body: as in retention.';
COMMENT ON COLUMN reward_outbox.retention_walks.walked_to IS 'The last event that was looked at.';

CREATE TABLE reward_outbox.retention_left (
  event_id   uuid        PRIMARY KEY,
  checked_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX retention_left_checked ON reward_outbox.retention_left (checked_at);
COMMENT ON TABLE  reward_outbox.retention_left IS
  'Events that were not finished when their time was over. Each is looked at again once an hour.';
COMMENT ON COLUMN reward_outbox.retention_left.event_id IS 'The event in outbox.';
COMMENT ON COLUMN reward_outbox.retention_left.checked_at IS 'When it was looked at last.';

INSERT INTO reward_outbox.alert_turn (turn, taken_at) VALUES ('retain', '-infinity');
COMMENT ON COLUMN reward_outbox.alert_turn.turn IS
  'look: at what needs a person. heartbeat: the ping of the dead man''s switch. reconcile: receipts with '
  'what was sent. retain: what is kept no longer.';

CREATE TABLE reward_outbox.erasure_salt (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  salt     bytea   NOT NULL
    DEFAULT decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex')
);
INSERT INTO reward_outbox.erasure_salt DEFAULT VALUES;
COMMENT ON TABLE  reward_outbox.erasure_salt IS
  'What the names of erased persons are made with. Nobody but the schema''s owner may read it.';
COMMENT ON COLUMN reward_outbox.erasure_salt.only_row IS 'Keeps the table at one row.';
COMMENT ON COLUMN reward_outbox.erasure_salt.salt IS
  'Random. Without it nobody can try out whose name a pseudonym was.';
