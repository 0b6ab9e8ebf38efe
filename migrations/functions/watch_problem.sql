-- What the catalog says. Nobody's expressions are evaluated, or planned: who looks runs no code of others.
CREATE OR REPLACE FUNCTION reward_outbox.watch_problem(p_name text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  r       reward_outbox.watch_rules;
  owner   text;
  namesake regclass;
  fault   text;
  missing text;
  off     text;
  surplus text;
BEGIN
  SELECT * INTO r FROM reward_outbox.watch_rules w WHERE w.name = p_name;
  owner := reward_outbox.watch_owner(r.watched);
  namesake := to_regclass(r.table_name);
  IF owner IS NULL THEN
    RETURN format('its table %s was dropped: make the rule again', r.table_name);
  END IF;
  IF namesake <> r.watched THEN
    RETURN format('it is on %s, which was called %s when the rule was made, and another table is called that now: make the rule again',
      r.watched, r.table_name);
  END IF;
  SELECT format('its function %s %s', f.signature, f.fault) INTO fault
  FROM reward_outbox.watch_functions(r) f WHERE f.fault IS NOT NULL LIMIT 1;
  IF fault IS NOT NULL THEN
    RETURN fault || ': make the rule again';
  END IF;
  IF NOT (has_schema_privilege(owner, 'reward_outbox', 'USAGE') AND has_table_privilege(owner, 'reward_outbox.capture', 'INSERT')
          AND has_table_privilege(owner, 'reward_outbox.capture_errors', 'INSERT')
          AND has_table_privilege(owner, 'reward_outbox.owned_watches', 'SELECT')
          AND has_table_privilege(owner, 'reward_outbox.own_functions', 'SELECT')
          AND has_table_privilege(owner, 'reward_outbox.captured_keys', 'SELECT')) THEN
    RETURN format('the table''s owner %s lacks rights in the schema reward_outbox: make the rule again', owner);
  END IF;
  IF r.shape IS DISTINCT FROM reward_outbox.watch_shape(r) THEN
    RETURN 'the table has become part of another one, or tables below it have changed: make the rule again';
  END IF;
  -- A partition that was made later is captured row by row, one that the row-level triggers leave out is not.
  SELECT string_agg(DISTINCT w.trigger_name, ', ') INTO missing
  FROM reward_outbox.watch_triggers(r) w
  LEFT JOIN reward_outbox.present_watch_triggers(r) p USING (table_name, trigger_name)
  WHERE p.trigger_name IS NULL
    AND (w.table_name = r.watched::text
         OR w.table_name::regclass = ANY (
              SELECT unnest((regexp_match(pg_get_triggerdef(g.oid), '\(''(\{[^'']*\})''::regclass\[\]\)'))[1]::regclass[])
              FROM pg_trigger g WHERE g.tgrelid = r.watched AND g.tgname LIKE '%\_r'));
  SELECT string_agg(DISTINCT format('%s on %s', g.tgname, g.tgrelid::regclass), ', ') INTO off
  FROM pg_trigger g
  WHERE g.tgfoid = to_regprocedure(format('reward_outbox.%I()', 'watch_' || r.name)) AND g.tgenabled NOT IN ('O', 'A');
  SELECT string_agg(DISTINCT format('%s on %s', p.trigger_name, p.table_name), ', ') INTO surplus
  FROM reward_outbox.present_watch_triggers(r) p
  WHERE NOT EXISTS (SELECT FROM reward_outbox.watch_triggers(r) w
                    WHERE w.table_name = p.table_name AND w.trigger_name = p.trigger_name);
  IF missing IS NOT NULL OR off IS NOT NULL OR surplus IS NOT NULL THEN
    RETURN concat_ws('; ', 'the table lacks ' || missing || ': make the rule again', 'disabled: ' || off,
      'it has triggers elsewhere too: ' || surplus || ': make the rule again');
  END IF;
  RETURN reward_outbox.watch_missing_columns(r);
END
$$;
COMMENT ON FUNCTION reward_outbox.watch_problem(text) IS
  'Why a rule does not work as it stands, for instance because a column was renamed; null: nothing shows. See check_rule().';
