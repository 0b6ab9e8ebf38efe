-- What the alert webhook has told and has yet to tell. One state for all relays: whichever looks,
-- each change is told once. Only used where relays have an alert webhook or a dead man's switch.

CREATE TABLE reward_outbox.alerts (
  code      text        NOT NULL,
  subject   text        NOT NULL,
  severity  text        NOT NULL,
  title     text        NOT NULL,
  remedy    text        NOT NULL,
  since     timestamptz NOT NULL,
  seen_from timestamptz NOT NULL,
  seen_at   timestamptz NOT NULL,
  fired_at  timestamptz,
  told      boolean     NOT NULL DEFAULT false,
  over_at   timestamptz,
  tries     integer     NOT NULL DEFAULT 0,
  try_at    timestamptz,
  incident  uuid        NOT NULL DEFAULT gen_random_uuid(),
  PRIMARY KEY (code, subject)
);
COMMENT ON TABLE  reward_outbox.alerts IS
  'What needs a person at the moment, or did until just now, as far as the alert webhook is concerned. Goes '
  'when it is over.';
COMMENT ON COLUMN reward_outbox.alerts.code IS 'As in docs/runbook.md.';
COMMENT ON COLUMN reward_outbox.alerts.subject IS
  'The relay or trigger it is about; empty: the outbox as a whole.';
COMMENT ON COLUMN reward_outbox.alerts.severity IS 'critical or warning.';
COMMENT ON COLUMN reward_outbox.alerts.title IS 'What is wrong, as last seen.';
COMMENT ON COLUMN reward_outbox.alerts.remedy IS 'What ends it, as last seen.';
COMMENT ON COLUMN reward_outbox.alerts.since IS
  'Since when it is the case; where that is not on record, since when it was seen.';
COMMENT ON COLUMN reward_outbox.alerts.seen_from IS 'Since when it has been seen without a gap.';
COMMENT ON COLUMN reward_outbox.alerts.seen_at IS 'When it was seen last.';
COMMENT ON COLUMN reward_outbox.alerts.fired_at IS
  'When it had lasted long enough to be told; null: it has not yet.';
COMMENT ON COLUMN reward_outbox.alerts.told IS 'The receiver has taken the message that it is the case.';
COMMENT ON COLUMN reward_outbox.alerts.over_at IS
  'When it had been gone for long enough; the receiver has yet to be told. Null: it is the case.';
COMMENT ON COLUMN reward_outbox.alerts.tries IS
  'Attempts to tell the present message, counted before they are made.';
COMMENT ON COLUMN reward_outbox.alerts.try_at IS
  'When the present message is (next) to be told; null: there is none.';
COMMENT ON COLUMN reward_outbox.alerts.incident IS
  'Random: by it a receiver knows which message that it is over belongs to which that it is the case. No '
  'two outboxes share one.';

CREATE TABLE reward_outbox.alert_turn (
  turn     text        PRIMARY KEY,
  taken_at timestamptz NOT NULL
);
COMMENT ON TABLE  reward_outbox.alert_turn IS
  'When a relay last did something on behalf of all: one does it for them, however many they are.';
COMMENT ON COLUMN reward_outbox.alert_turn.turn IS
  'look: at what needs a person. heartbeat: the ping of the dead man''s switch.';
COMMENT ON COLUMN reward_outbox.alert_turn.taken_at IS 'When the last turn began.';
INSERT INTO reward_outbox.alert_turn (turn, taken_at)
VALUES ('look', '-infinity'), ('heartbeat', '-infinity');
