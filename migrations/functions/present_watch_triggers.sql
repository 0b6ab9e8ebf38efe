-- By the dependency on the rule's function, which has an index, unlike pg_trigger for functions.
CREATE OR REPLACE FUNCTION reward_outbox.present_watch_triggers(r reward_outbox.watch_rules)
RETURNS TABLE (table_name text, trigger_name text, is_own boolean, enabled boolean)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT g.tgrelid::regclass::text, g.tgname::text, g.tgparentid = 0, g.tgenabled IN ('O', 'A')
  FROM pg_depend d
  JOIN pg_trigger g ON g.oid = d.objid
  WHERE d.refclassid = 'pg_proc'::regclass
    AND d.refobjid = to_regprocedure(format('reward_outbox.%I()', 'watch_' || r.name))
    AND d.classid = 'pg_trigger'::regclass
$$;
COMMENT ON FUNCTION reward_outbox.present_watch_triggers(reward_outbox.watch_rules) IS
  'Part of watch(): the triggers that a rule has, wherever they are; those of partitions that came with '
  'their table''s too.';
