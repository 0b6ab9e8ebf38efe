-- What relays did, every few seconds: true rates and latencies without a walk over the
-- record, for charts and for status. A relay writes one row per heartbeat, and only
-- when something happened. Nothing of it is needed for delivery.

CREATE TABLE reward_outbox.relay_samples (
  relay_no   integer     NOT NULL,
  sample_no  integer     NOT NULL,
  at         timestamptz NOT NULL,
  span_ms    integer     NOT NULL CHECK (span_ms > 0),
  accepted   integer     NOT NULL,
  refused    integer     NOT NULL,
  not_sent   integer     NOT NULL,
  ambiguous  integer     NOT NULL,
  latency    integer[],
  thinned    boolean     NOT NULL DEFAULT false,
  PRIMARY KEY (relay_no, sample_no)
);
CREATE INDEX relay_samples_at ON reward_outbox.relay_samples (at);
CREATE INDEX relay_samples_unthinned ON reward_outbox.relay_samples (at) WHERE NOT thinned;
COMMENT ON TABLE  reward_outbox.relay_samples IS
  'How many attempts ended how, by relay and span of a few seconds; a span older than a day is a minute. '
  'Kept for 8 days by the relays themselves. Append-only.';
COMMENT ON COLUMN reward_outbox.relay_samples.relay_no IS 'The run of the relay, in relays.';
COMMENT ON COLUMN reward_outbox.relay_samples.sample_no IS
  'Counted by the relay: one whose answer was lost is written again under the same number, and counts once.';
COMMENT ON COLUMN reward_outbox.relay_samples.at IS 'When the span ended, by the database''s clock.';
COMMENT ON COLUMN reward_outbox.relay_samples.span_ms IS
  'How long the span was. Longer than a few seconds after an outage of the database, or when nothing '
  'happened for a while.';
COMMENT ON COLUMN reward_outbox.relay_samples.accepted IS 'Attempts that ended so within the span.';
COMMENT ON COLUMN reward_outbox.relay_samples.refused IS 'The same.';
COMMENT ON COLUMN reward_outbox.relay_samples.not_sent IS 'The same.';
COMMENT ON COLUMN reward_outbox.relay_samples.ambiguous IS
  'The same; those that this relay reaped included.';
COMMENT ON COLUMN reward_outbox.relay_samples.latency IS
  'Of the accepted ones, how many took from their insert (or deliver_after) to acceptance up to 1, 2, 3, 5, '
  '7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1000, 2000, 5000, 10000, 30000, 60000, 300000, '
  '1800000, 7200000 ms, and, last, longer. Null: none.';
COMMENT ON COLUMN reward_outbox.relay_samples.thinned IS 'Several spans of one minute, put together.';
