-- A record that cannot be changed quietly: what is recorded is also listed in chains of hashes, in which each
-- entry's hash covers the one before. Relays tell the last hashes regularly to places outside of the database
-- (anchors). docs/audit.md has the format. Nothing here is updated or hashed on the way of delivery.

CREATE TABLE reward_outbox.chain_settings (
  only_row    boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
  enabled     boolean     NOT NULL DEFAULT true,
  since       timestamptz NOT NULL DEFAULT clock_timestamp(),
  anchored_at timestamptz,
  verified_at timestamptz,
  problems    integer
);
INSERT INTO reward_outbox.chain_settings DEFAULT VALUES;
COMMENT ON TABLE  reward_outbox.chain_settings IS
  'Whether what is recorded is chained, and when somebody looked last.';
COMMENT ON COLUMN reward_outbox.chain_settings.only_row IS 'Keeps the table at one row.';
COMMENT ON COLUMN reward_outbox.chain_settings.enabled IS 'Attempts and decisions are chained.';
COMMENT ON COLUMN reward_outbox.chain_settings.since IS
  'When that was switched on last: what was recorded before may be in no chain.';
COMMENT ON COLUMN reward_outbox.chain_settings.anchored_at IS
  'When the last hashes were told outside last; null: never.';
COMMENT ON COLUMN reward_outbox.chain_settings.verified_at IS 'When somebody verified the record last.';
COMMENT ON COLUMN reward_outbox.chain_settings.problems IS 'What was found wrong then.';

-- Whoever records attempts pays for no hash: what it recorded is noted here, and a relay chains
-- it soon, many at a time. Nothing is lost by that: until an anchor is told, whoever may rewrite
-- an attempt may rewrite its chain as well.
CREATE TABLE reward_outbox.unchained_attempts (
  batch_no  bigint  PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  relay_no  integer NOT NULL,
  outcome   reward_outbox.attempt_outcome NOT NULL,
  event_ids uuid[]  NOT NULL,
  attempts  integer[] NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
-- Random ids do not get smaller by compression.
ALTER TABLE reward_outbox.unchained_attempts ALTER COLUMN event_ids SET STORAGE EXTERNAL;
COMMENT ON TABLE  reward_outbox.unchained_attempts IS
  'Attempts that are on record and in no chain yet: a row for each batch that was recorded.';
COMMENT ON COLUMN reward_outbox.unchained_attempts.batch_no IS
  'Order, more or less: a batch may be committed after a later one.';
COMMENT ON COLUMN reward_outbox.unchained_attempts.relay_no IS 'The relay that made the attempts.';
COMMENT ON COLUMN reward_outbox.unchained_attempts.outcome IS 'Of all of them.';
COMMENT ON COLUMN reward_outbox.unchained_attempts.event_ids IS 'The events.';
COMMENT ON COLUMN reward_outbox.unchained_attempts.attempts IS
  'Which attempt it was of each, as in attempt_log.';

-- A chain per relay: relays never wait for each other, nor does anybody for a chain. What finds its chain
-- locked is left in chain_pending, and is taken along by the next who appends.
CREATE TABLE reward_outbox.chains (
  chain         text        PRIMARY KEY CHECK (chain ~ '^(decisions|removals|relay-[0-9]+)$'),
  cut_through   bigint      NOT NULL DEFAULT 0,
  cut_hash      text        NOT NULL DEFAULT '',
  cut_at        timestamptz NOT NULL DEFAULT '-infinity',
  told_through  bigint      NOT NULL DEFAULT 0
);
INSERT INTO reward_outbox.chains (chain) VALUES ('decisions'), ('removals');
COMMENT ON TABLE  reward_outbox.chains IS
  'The chains. A row is locked by who appends, and written by nobody else than retention and anchors.';
COMMENT ON COLUMN reward_outbox.chains.chain IS
  'relay-N: attempts of the relay with that number. decisions: reward_outbox.operations. removals: what went '
  'by retention or erasure.';
COMMENT ON COLUMN reward_outbox.chains.cut_through IS
  'Entries up to this one went with all that they listed; 0: none did.';
COMMENT ON COLUMN reward_outbox.chains.cut_hash IS 'The hash of that entry.';
COMMENT ON COLUMN reward_outbox.chains.cut_at IS 'When that was done last.';
COMMENT ON COLUMN reward_outbox.chains.told_through IS 'The last entry of which an anchor was told outside.';

CREATE TABLE reward_outbox.chain_entries (
  chain    text        NOT NULL,
  entry_no bigint      NOT NULL,
  at       timestamptz NOT NULL,
  kind     text        NOT NULL
    CHECK (kind IN ('attempts', 'decisions', 'removed', 'withdrawn', 'withdrawn_decisions', 'cut')),
  body     text        NOT NULL,
  hash     text        NOT NULL,
  PRIMARY KEY (chain, entry_no)
);
-- Hashes do not get smaller by compression.
ALTER TABLE reward_outbox.chain_entries ALTER COLUMN body SET STORAGE EXTERNAL;
COMMENT ON TABLE  reward_outbox.chain_entries IS
  'One row for each batch that was recorded, removed or withdrawn. Append-only, but for what retention cuts '
  'off at the beginning.';
COMMENT ON COLUMN reward_outbox.chain_entries.chain IS 'The chain.';
COMMENT ON COLUMN reward_outbox.chain_entries.entry_no IS 'From 1, without gaps.';
COMMENT ON COLUMN reward_outbox.chain_entries.at IS 'When it was appended.';
COMMENT ON COLUMN reward_outbox.chain_entries.kind IS
  'attempts and decisions were recorded; removed: events and their attempts; withdrawn: texts of events and '
  'their attempts; withdrawn_decisions: reasons; cut: the beginning of a chain.';
COMMENT ON COLUMN reward_outbox.chain_entries.body IS 'A line for each of them: see docs/audit.md.';
COMMENT ON COLUMN reward_outbox.chain_entries.hash IS
  'SHA-256, in hex, of the entry and of the hash before it.';

CREATE TABLE reward_outbox.chain_pending (
  pending_no bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  chain      text   NOT NULL,
  kind       text   NOT NULL,
  body       text   NOT NULL
);
ALTER TABLE reward_outbox.chain_pending ALTER COLUMN body SET STORAGE EXTERNAL;
COMMENT ON TABLE  reward_outbox.chain_pending IS
  'Entries whose chain somebody else was appending to. The next who appends takes them, or a relay does.';
COMMENT ON COLUMN reward_outbox.chain_pending.pending_no IS 'Order, more or less.';
COMMENT ON COLUMN reward_outbox.chain_pending.chain IS 'As in chain_entries.';
COMMENT ON COLUMN reward_outbox.chain_pending.kind IS 'As in chain_entries.';
COMMENT ON COLUMN reward_outbox.chain_pending.body IS 'As in chain_entries.';

-- What remains of a text that went: by it the chain still verifies.
ALTER TABLE reward_outbox.outbox ADD COLUMN content_digest text;
COMMENT ON COLUMN reward_outbox.outbox.content_digest IS
  'Of an event that lost its user or payload: the salted digest of what it had. Null: it has it still.';
ALTER TABLE reward_outbox.attempt_log
  ADD COLUMN message_digest text,
  ADD COLUMN body_digest text;
COMMENT ON COLUMN reward_outbox.attempt_log.message_digest IS
  'Of an attempt that lost its error_message: the salted digest of it.';
COMMENT ON COLUMN reward_outbox.attempt_log.body_digest IS
  'Of an attempt that lost its response_body: the salted digest of it.';
ALTER TABLE reward_outbox.operations ADD COLUMN texts_digest text;
COMMENT ON COLUMN reward_outbox.operations.texts_digest IS
  'Of a decision that lost its reason and detail: the salted digest of them.';

INSERT INTO reward_outbox.alert_turn (turn, taken_at) VALUES ('anchor', '-infinity');
COMMENT ON COLUMN reward_outbox.alert_turn.turn IS
  'look: at what needs a person. heartbeat: the ping of the dead man''s switch. reconcile: receipts with '
  'what was sent. retain: what is kept no longer. anchor: the last hashes of the chains are told.';
