CREATE OR REPLACE FUNCTION reward_outbox.watch_warnings(p_name text) RETURNS SETOF text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT format('%s uses the same idempotency key for another trigger: of two events with one key only the '
                'first is sent', o.name)
  FROM reward_outbox.watch_rules r
  JOIN reward_outbox.watch_rules o
    ON o.name <> r.name
    AND regexp_replace(o.idempotency_key, '\s', '', 'g') = regexp_replace(r.idempotency_key, '\s', '', 'g')
    AND (o.trigger_id, o.trigger_id_expr) IS DISTINCT FROM (r.trigger_id, r.trigger_id_expr)
  WHERE r.name = p_name
  UNION ALL
  SELECT format('the idempotency key is null where %s is: such a change is recorded as an error',
                string_agg(a.attname, ' or '))
  FROM reward_outbox.watch_rules r
  CROSS JOIN LATERAL reward_outbox.watch_columns(r.idempotency_key) c
  JOIN pg_attribute a ON a.attrelid = r.watched AND a.attname = c.name AND a.attnum > 0 AND NOT a.attnotnull
  WHERE r.name = p_name AND r.idempotency_key COLLATE "C" !~* '\m(coalesce|concat|concat_ws|format|case)\M'
  HAVING count(*) > 0
  UNION ALL
  -- Whatever the rule does, and whether it applies or not: the rows are kept before it is asked.
  SELECT format('temp_file_limit is %s here: a statement on %s whose rows do not fit fails, whatever the '
    'rule does; leave room for both versions of the rows of the largest one',
    current_setting('temp_file_limit'), r.table_name)
  FROM reward_outbox.watch_rules r
  WHERE r.name = p_name AND r.shape NOT LIKE 'row%' AND current_setting('temp_file_limit') <> '-1'
  UNION ALL
  SELECT 'the payload is the same for every event: it names no column of NEW or OLD'
  FROM reward_outbox.watch_rules r
  WHERE r.name = p_name AND r.payload COLLATE "C" !~* '\m(new|old)\M'
$$;
COMMENT ON FUNCTION reward_outbox.watch_warnings(text) IS
  'What a rule does that its maker may not have meant. Evaluates nothing.';
