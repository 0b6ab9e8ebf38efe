-- Who asks is who runs: in a view, current_user is the role that reads it, and inside a rule's function that
-- is the function's owner. A table that has been given to another role is not that owner's any more.
CREATE OR REPLACE VIEW reward_outbox.owned_watches AS
  SELECT r.name, r.watched
  FROM reward_outbox.watch_rules r
  JOIN pg_catalog.pg_class c ON c.oid = r.watched
  WHERE pg_catalog.pg_get_userbyid(c.relowner) = current_user;
COMMENT ON VIEW reward_outbox.owned_watches IS 'The rules on tables that belong to the current role itself.';
