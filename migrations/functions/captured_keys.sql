-- A rule sees its own keys: nobody learns whether somebody else has used a key.
CREATE OR REPLACE VIEW reward_outbox.captured_keys WITH (security_barrier) AS
  SELECT o.captured_key AS idempotency_key, o.source, o.trigger_id, o.user_id
  FROM reward_outbox.outbox o
  WHERE o.captured_key IS NOT NULL
    AND o.source = (SELECT w.name FROM reward_outbox.owned_watches w
                    WHERE w.name = current_setting('reward_outbox.rule', true));
COMMENT ON VIEW reward_outbox.captured_keys IS
  'Part of was_captured(): the keys of events of the rule whose function looks.';
