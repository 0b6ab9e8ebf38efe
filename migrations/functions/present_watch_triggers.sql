CREATE OR REPLACE FUNCTION reward_outbox.present_watch_triggers(r reward_outbox.watch_rules)
RETURNS TABLE (table_name text, trigger_name text, enabled boolean)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT g.tgrelid::regclass::text, g.tgname::text, g.tgenabled IN ('O', 'A')
  FROM pg_trigger g
  WHERE g.tgfoid = to_regprocedure(format('reward_outbox.%I()', 'watch_' || r.name)) AND g.tgparentid = 0
$$;
COMMENT ON FUNCTION reward_outbox.present_watch_triggers(reward_outbox.watch_rules) IS
  'Part of watch(): the triggers that a rule has, wherever they are.';
