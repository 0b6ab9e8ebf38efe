-- What people set in the console for themselves: saved searches, columns. It follows them to another browser.

CREATE TABLE reward_outbox.console_preferences (
  person      text        PRIMARY KEY,
  preferences jsonb       NOT NULL,
  changed_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  CHECK (jsonb_typeof(preferences) = 'object' AND octet_length(preferences::text) <= 65536)
);
COMMENT ON TABLE  reward_outbox.console_preferences IS
  'What a person set in the console. Nothing depends on it.';
COMMENT ON COLUMN reward_outbox.console_preferences.person IS 'Who it is: the name that goes on record.';
COMMENT ON COLUMN reward_outbox.console_preferences.preferences IS 'As the page wrote it.';
COMMENT ON COLUMN reward_outbox.console_preferences.changed_at IS 'When.';
