-- Each role sees the keys of its own rules: nobody learns whether somebody else has used a key.
CREATE OR REPLACE VIEW reward_outbox.captured_keys WITH (security_barrier) AS
  SELECT o.captured_key AS idempotency_key, o.source, o.trigger_id, o.user_id
  FROM reward_outbox.outbox o
  WHERE o.captured_key IS NOT NULL
    AND o.source IN (SELECT w.name FROM reward_outbox.owned_watches w);
COMMENT ON VIEW reward_outbox.captured_keys IS
  'Part of was_captured(): the keys of events of rules on tables of the current role.';
