CREATE OR REPLACE FUNCTION reward_outbox.watch_missing_columns(r reward_outbox.watch_rules) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT string_agg(format('column %s.%I does not exist', left(m.name, 3), substr(m.name, 5)), '; '
                    ORDER BY m.name)
  FROM unnest(r.named_columns) AS m(name)
  WHERE NOT EXISTS (SELECT FROM pg_attribute a
                    WHERE a.attrelid = r.watched AND NOT a.attisdropped AND a.attnum > 0
                      AND a.attname = substr(m.name, 5))
$$;
COMMENT ON FUNCTION reward_outbox.watch_missing_columns(reward_outbox.watch_rules) IS
  'Part of watch_problem(): columns that the rule names and the table does not have; null: none.';
