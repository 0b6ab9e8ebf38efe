CREATE OR REPLACE VIEW reward_outbox.capture_errors AS
  SELECT e.watch, e.table_name, e.operation, e.key, e.error_code, e.error_message,
         e.new_row, e.old_row, e.new_exact, e.old_exact, e.more_keys, e.changes
  FROM reward_outbox.watch_errors e
  WHERE e.watch = (SELECT w.name FROM reward_outbox.own_functions w
                   WHERE w.name = current_setting('reward_outbox.rule', true))
  WITH CASCADED CHECK OPTION;
COMMENT ON VIEW reward_outbox.capture_errors IS
  'Part of a rule: where its function records what it could not capture.';
