-- Runs as whoever makes the rule, and evaluates nothing.
CREATE OR REPLACE FUNCTION reward_outbox.checked_watch_rule(
  r reward_outbox.watch_rules
) RETURNS reward_outbox.watch_rules
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  c       record;
  problem text;
  unknown text;
  virtual text;
BEGIN
  SELECT k.relkind, k.relpersistence, n.nspname, format('%I.%I', n.nspname, k.relname) AS full_name INTO c
  FROM pg_class k JOIN pg_namespace n ON n.oid = k.relnamespace WHERE k.oid = r.watched;
  r.condition := nullif(btrim(r.condition, E' \t\r\n'), '');
  IF r.idempotency_key COLLATE "C" ~* '^\s*null\s*(::\s*text\s*)?$' THEN
    r.idempotency_key := NULL;
  END IF;
  SELECT string_agg(coalesce(o.word, 'null'), ', ') INTO unknown
  FROM unnest(r.operations) AS o(word)
  WHERE upper(o.word COLLATE "C") NOT IN ('INSERT', 'UPDATE', 'DELETE') OR o.word IS NULL;
  r.operations := ARRAY(
    SELECT o.word
    FROM (VALUES (1, 'INSERT'), (2, 'UPDATE'), (3, 'DELETE')) AS o(n, word)
    WHERE o.word IN (SELECT upper(given COLLATE "C") FROM unnest(r.operations) AS given)
    ORDER BY o.n);
  problem := CASE
    WHEN r.name !~ '^[A-Za-z0-9_][A-Za-z0-9_.-]{0,39}$' OR r.name IS NULL
      THEN 'name: 1 to 40 letters, digits, _, . or -, beginning with a letter, digit or _'
    WHEN c IS NULL THEN 'table_name: there is no such table'
    WHEN c.relkind IN ('v', 'm')
      THEN format('table_name: %s is a view; watch the table behind it', c.full_name)
    WHEN c.relkind NOT IN ('r', 'p', 'f') THEN format('table_name: %s is not a table', c.full_name)
    WHEN c.relpersistence = 't' THEN format('table_name: %s is a temporary table', c.full_name)
    WHEN c.nspname IN ('reward_outbox', 'pg_catalog', 'information_schema')
      THEN format('table_name: tables of schema %s cannot be watched', c.nspname)
    WHEN unknown IS NOT NULL
      THEN format('operations: expected some of INSERT, UPDATE, DELETE, not %s', unknown)
    WHEN cardinality(r.operations) = 0 THEN 'operations: expected some of INSERT, UPDATE, DELETE'
    WHEN r.on_error NOT IN ('record', 'raise') OR r.on_error IS NULL THEN 'on_error: expected record or raise'
    WHEN (r.trigger_id IS NULL) = (r.trigger_id_expr IS NULL)
      THEN 'trigger_id: give either trigger_id, a literal, or trigger_id_expr, an expression'
    WHEN r.user_id IS NULL THEN 'user_id: an expression is needed, such as NEW.customer_id::text'
    WHEN r.trigger_id IS NOT NULL
      THEN reward_outbox.outbox_problem(jsonb_populate_record(NULL::reward_outbox.written_event,
             jsonb_build_object('trigger_id', r.trigger_id, 'user_id', 'u', 'payload', '{}'::jsonb))) END;
  IF problem IS NULL THEN
    SELECT format('its expressions have %s bytes: 32768 at most', sum(octet_length(e.expression)))
    INTO problem
    FROM reward_outbox.watch_expressions(r) e
    HAVING sum(octet_length(e.expression)) > 32768;
  END IF;
  IF problem IS NULL THEN
    SELECT e.parameter || ': an expression has no parameters such as $1'
    INTO problem
    FROM reward_outbox.watch_expressions(r) e
    WHERE regexp_replace(e.expression, '''([^'']|'''')*''', '', 'g') ~ '(^|[^[:alnum:]_$"])\$[0-9]';
    IF problem IS NOT NULL THEN
      RAISE EXCEPTION '%', problem USING ERRCODE = 'undefined_parameter';
    END IF;
  END IF;
  IF problem IS NOT NULL THEN
    RAISE EXCEPTION 'watch %: %', coalesce(r.name, '?'), problem USING ERRCODE = 'invalid_parameter_value';
  END IF;
  SELECT coalesce(array_agg(a.attname::text ORDER BY k.n), '{}') INTO r.key_columns
  FROM pg_index i
  CROSS JOIN LATERAL unnest(i.indkey::smallint[]) WITH ORDINALITY AS k(attnum, n)
  JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
  WHERE i.indrelid = r.watched AND i.indisprimary AND k.n <= i.indnkeyatts;
  SELECT a.attname INTO virtual FROM pg_attribute a
  WHERE a.attrelid = r.watched AND a.attgenerated = 'v'
    AND reward_outbox.watch_mentions(r, '\m(new|old)"?\s*\.\s*"?'
                                     || regexp_replace(a.attname, '\W', '\\\&', 'g') || '\M');
  IF virtual IS NOT NULL THEN
    RAISE EXCEPTION 'watch %: % is a virtual generated column, which has no value in triggers', r.name,
      virtual
      USING ERRCODE = 'invalid_parameter_value', HINT = 'Repeat its expression, or make it STORED.';
  END IF;
  r.shape := reward_outbox.watch_shape(r);
  r.table_name := c.full_name;
  r.named_columns := ARRAY(SELECT DISTINCT m.record || '.' || m.name
                           FROM reward_outbox.watch_expressions(r) e
                           CROSS JOIN LATERAL reward_outbox.watch_columns(e.expression) m);
  r.made := reward_outbox.watch_made(ARRAY(SELECT f.body FROM reward_outbox.watch_functions(r) f));
  RETURN r;
END
$$;
COMMENT ON FUNCTION reward_outbox.checked_watch_rule(reward_outbox.watch_rules) IS
  'Part of watch(): the rule as it will be kept, or an error that says what is wrong with it.';
