-- The second function of a rule: it tries the rule, says what it makes of rows, and
-- emits nothing. As everything that evaluates the rule, it belongs to the table's
-- owner; nobody else may call it but the schema's owner, for a replay.
CREATE OR REPLACE FUNCTION reward_outbox.watch_probe(r reward_outbox.watch_rules) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $body$
  WITH part AS (
    SELECT format(E'\nFROM (SELECT (x.r).* FROM (SELECT NULL::%1$s AS r OFFSET 0) AS x) AS new,'
             || E'\n     (SELECT (x.r).* FROM (SELECT NULL::%1$s AS r OFFSET 0) AS x) AS old,'
             || E'\n     (SELECT ''INSERT''::text AS tg_op OFFSET 0) AS tg', '{{reward table}}') AS no_row,
           E'\nFROM (SELECT (x.r).* FROM (SELECT $1::{{reward table}} AS r OFFSET 0) AS x) AS new,'
             || E'\n     (SELECT (x.r).* FROM (SELECT $2::{{reward table}} AS r OFFSET 0) AS x) AS old,'
             || E'\n     (SELECT $3::text AS tg_op OFFSET 0) AS tg' AS one_row
  ), probe AS (
    -- In parentheses only one expression is one expression; without them no parenthesis can be closed that
    -- was not opened. Both in one text, so that nothing of it runs before all of it has been read.
    SELECT array_agg(e.parameter ORDER BY e.n) AS parameters,
           array_agg(format(E'SELECT 1 /* %1$s */ %2$s\nWHERE false AND (\n%3$s\n) IS NULL;\nSELECT /* %1$s '
                             '*/\n%3$s\n%2$s\nLIMIT 0',
             e.parameter, part.no_row, e.expression) ORDER BY e.n) AS readings,
           array_agg(format(E'SELECT pg_typeof(x.v) FROM (SELECT) AS one LEFT JOIN (SELECT (\n%s\n) AS v %s '
                             'WHERE false) AS x ON true',
             e.expression, part.no_row) ORDER BY e.n) AS types
    FROM part, reward_outbox.watch_expressions(r) WITH ORDINALITY AS e(parameter, expression, n)
  )
  SELECT format($part$
-- Rule %1$L of reward_outbox.watch(). Generated: change the rule, not this.
BEGIN
    %8$s
DECLARE
  reward_table text;
  one          record;
  found_type   regtype;
  result       reward_outbox.tried_row;
BEGIN
  SELECT w.watched::text INTO reward_table FROM reward_outbox.owned_watches w WHERE w.name = %1$L;
  IF p_action = 'check' THEN
    FOR one IN SELECT *
    FROM unnest(%2$L::text[], %3$L::text[], %4$L::text[]) AS p(parameter, reading, type) LOOP
      EXECUTE replace(one.reading, '{{reward table}}', reward_table);
      EXECUTE replace(one.type, '{{reward table}}', reward_table) INTO found_type;
      IF found_type = 'record'::regtype THEN
        RAISE EXCEPTION '%%: this is a list of values, not one expression', one.parameter
          USING ERRCODE = 'datatype_mismatch';
      END IF;
    END LOOP;
    EXECUTE replace(%5$L, '{{reward table}}', reward_table);
    RETURN;
  END IF;
  FOR one IN SELECT * FROM reward_outbox.watch_rows(reward_table::regclass, %6$L, p_action, p_request) LOOP
    result := NULL;
    result.key := one.key;
    -- The last row of a page, outside of what was asked for.
    IF p_action = 'page' AND one.new_text IS NULL THEN
      RETURN NEXT result;
      CONTINUE;
    END IF;
    BEGIN
      EXECUTE replace(%7$L, '{{reward table}}', reward_table)
      INTO result.applies, result.event
      USING one.new_text, one.old_text, one.operation, coalesce(one.table_name, reward_table),
        one.old_is_unknown;
      result.applies := coalesce(result.applies, false);
      IF result.applies AND p_action <> 'preview' THEN
        PERFORM reward_outbox.check_captured(result.event);
      ELSIF result.applies THEN
        result.problem := reward_outbox.outbox_problem(result.event);
        result.problem_code := CASE WHEN result.problem IS NOT NULL THEN '23514' END;
      END IF;
    EXCEPTION WHEN OTHERS OR assert_failure THEN
      result.problem := SQLERRM;
      result.problem_code := SQLSTATE;
    END;
    RETURN NEXT result;
  END LOOP;
END;
END
$part$, r.name, probe.parameters, probe.readings, probe.types,
    -- First in the form in which an error points at the expression.
    (SELECT string_agg('EXPLAIN ' || reward_outbox.watch_emission(f.rule, '''''', 'new.%1$I', part.no_row),
                       E';\n'
                       ORDER BY f.n)
     FROM (VALUES (1, jsonb_populate_record(r, '{"idempotency_key": null}')), (2, r)) AS f(n, rule)),
       r.key_columns,
    'SELECT true, ROW(' || (
      SELECT string_agg(v.value || '::' || v.type, ', ' ORDER BY v.n)
      FROM reward_outbox.watch_values(r, '$4', 'CASE $3 WHEN ''DELETE'' THEN old.%1$I ELSE new.%1$I END') v)
      || ')::reward_outbox.written_event' || part.one_row
      -- What held before is not known of rows that are only looked at: a
      -- condition that hangs on it could hold.
      || coalesce(E'\nWHERE CASE WHEN $5 THEN (\n' || r.condition || E'\n) IS NOT FALSE ELSE (\n'
                  || r.condition || E'\n) END', ''),
    reward_outbox.watch_step(r, 'owned'))
  FROM part, probe
$body$;
COMMENT ON FUNCTION reward_outbox.watch_probe(reward_outbox.watch_rules) IS
  'Part of watch(): the text of the function that tries a rule and evaluates it on given rows.';
