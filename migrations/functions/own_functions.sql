-- A table may have changed hands since its rule was made. The rule's
-- function then evaluates nothing, but still says so.
CREATE OR REPLACE VIEW reward_outbox.own_functions AS
  SELECT r.name
  FROM reward_outbox.watch_rules r
  JOIN pg_catalog.pg_proc p ON p.proname = 'watch_' || r.name
  WHERE p.pronamespace = 'reward_outbox'::pg_catalog.regnamespace
    AND p.pronargs = 0
    AND pg_catalog.pg_get_userbyid(p.proowner) = current_user;
COMMENT ON VIEW reward_outbox.own_functions IS 'The rules whose function belongs to the current role itself.';
