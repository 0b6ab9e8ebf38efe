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
  -- Not to_regclass(): it fails where the schema's owner may not use the schema of the table.
  SELECT c.oid INTO namesake
  FROM parse_ident(r.table_name) AS p(parts)
  JOIN pg_namespace n ON n.nspname = p.parts[1]
  JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = p.parts[2];
  IF owner IS NULL THEN
    RETURN format('its table %s was dropped: make the rule again', r.table_name);
  END IF;
  IF namesake <> r.watched THEN
    RETURN format('it is on %s, which was called %s when the rule was made, and another table is called that '
                  'now: make the rule again',
      r.watched, r.table_name);
  END IF;
  fault := reward_outbox.watch_function_fault(r);
  IF fault IS NOT NULL THEN
    RETURN fault || ': make the rule again';
  END IF;
  IF NOT (has_schema_privilege(owner, 'reward_outbox', 'USAGE')
          AND has_table_privilege(owner, 'reward_outbox.capture', 'INSERT')
          AND has_table_privilege(owner, 'reward_outbox.capture_errors', 'INSERT')
          AND has_table_privilege(owner, 'reward_outbox.owned_watches', 'SELECT')
          AND has_table_privilege(owner, 'reward_outbox.own_functions', 'SELECT')
          AND has_table_privilege(owner, 'reward_outbox.captured_keys', 'SELECT')) THEN
    RETURN format('the table''s owner %s lacks rights in the schema reward_outbox: make the rule again',
                  owner);
  END IF;
  IF NOT reward_outbox.watch_shape_fits(r) THEN
    RETURN 'the table has become part of another one, or tables below it have changed: make the rule again';
  END IF;
  -- A partition that was made later is captured row by row, one that the row-level triggers leave out is not.
  WITH wanted AS MATERIALIZED (
    SELECT w.table_name, w.trigger_name FROM reward_outbox.watch_triggers(r) w
  ), present AS MATERIALIZED (
    SELECT p.table_name, p.trigger_name, p.is_own, p.enabled FROM reward_outbox.present_watch_triggers(r) p
  )
  SELECT
    (SELECT string_agg(DISTINCT w.trigger_name, ', ')
     FROM (SELECT * FROM wanted EXCEPT SELECT p.table_name, p.trigger_name FROM present p WHERE p.is_own) w
     WHERE w.table_name = r.watched::text
        OR w.table_name = ANY (
             SELECT unnest((regexp_match(pg_get_triggerdef(g.oid),
                                         '\(''(\{[^'']*\})''::regclass\[\]\)'))[1]::text[])
             FROM pg_trigger g WHERE g.tgrelid = r.watched AND g.tgname LIKE '%\_r')),
    (SELECT string_agg(DISTINCT format('%s on %s', p.trigger_name, p.table_name), ', ')
     FROM present p
     WHERE NOT p.enabled),
    (SELECT string_agg(DISTINCT format('%s on %s', p.trigger_name, p.table_name), ', ')
     FROM (SELECT p.table_name, p.trigger_name FROM present p WHERE p.is_own EXCEPT SELECT * FROM wanted) p)
  INTO missing, off, surplus;
  IF missing IS NOT NULL OR off IS NOT NULL OR surplus IS NOT NULL THEN
    RETURN concat_ws('; ', 'the table lacks ' || missing || ': make the rule again', 'disabled: ' || off,
      'it has triggers elsewhere too: ' || surplus || ': make the rule again');
  END IF;
  RETURN reward_outbox.watch_missing_columns(r);
END
$$;
COMMENT ON FUNCTION reward_outbox.watch_problem(text) IS
  'Why a rule does not work as it stands, for instance because a column was renamed; null: nothing shows. '
  'See check_rule().';
