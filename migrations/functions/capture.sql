-- The one way in for captured events. Rows are inserted with the rights of the view's owner, and
-- checked against the role that inserts: only for rules on its own tables, under their names. A rule's
-- function says which rule it is, so that this is looked up once in a statement, and for one rule.
CREATE OR REPLACE VIEW reward_outbox.capture AS
  SELECT c.*
  FROM reward_outbox.captured c
  WHERE c.source = (SELECT w.name FROM reward_outbox.owned_watches w
                    WHERE w.name = current_setting('reward_outbox.rule', true))
  WITH CASCADED CHECK OPTION;
COMMENT ON VIEW reward_outbox.capture IS
  'Part of a rule: where its function inserts events. Takes rows whose source is a rule on a table of the '
  'current role.';
