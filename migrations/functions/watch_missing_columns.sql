CREATE OR REPLACE FUNCTION reward_outbox.watch_missing_columns(r reward_outbox.watch_rules) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT string_agg(DISTINCT format('column %s.%I does not exist', m.record, m.name), '; ')
  FROM reward_outbox.watch_expressions(r) e
  CROSS JOIN LATERAL reward_outbox.watch_columns(e.expression) m
  WHERE NOT EXISTS (SELECT FROM pg_attribute a
                    WHERE a.attrelid = r.watched AND NOT a.attisdropped AND a.attnum > 0 AND a.attname = m.name)
$$;
COMMENT ON FUNCTION reward_outbox.watch_missing_columns(reward_outbox.watch_rules) IS
  'Part of watch_problem(): columns that the rule names and the table does not have; null: none.';
