CREATE OR REPLACE FUNCTION reward_outbox.watch_emission(r reward_outbox.watch_rules, p_table text, p_key text, p_from text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT 'INSERT INTO reward_outbox.outbox (' || string_agg(v.name, ', ' ORDER BY v.n) || E', source)\nSELECT\n'
    || string_agg(format('  /* %s */ %s', v.name, v.value), E',\n' ORDER BY v.n) || format(E',\n  /* source */ %L', r.name)
    || coalesce(E'\n' || p_from, '') || coalesce(E'\nWHERE /* condition */ (\n' || r.condition || E'\n)', '')
    || CASE WHEN r.idempotency_key IS NULL THEN '' ELSE E'\nON CONFLICT (idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING' END
  FROM reward_outbox.watch_values(r, p_table, p_key) v WHERE v.value IS NOT NULL
$$;
COMMENT ON FUNCTION reward_outbox.watch_emission(reward_outbox.watch_rules, text, text, text) IS 'Part of watch(): the INSERT of a rule, reading from the given FROM.';
