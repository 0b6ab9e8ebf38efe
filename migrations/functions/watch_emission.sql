CREATE OR REPLACE FUNCTION reward_outbox.watch_emission(r reward_outbox.watch_rules, p_table text, p_key text, p_from text)
RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT 'INSERT INTO reward_outbox.capture (' || string_agg(v.name, ', ' ORDER BY v.n) || E', source)\n'
    || CASE WHEN r.idempotency_key IS NULL THEN '' ELSE E'SELECT made.* FROM (\n' END
    || E'SELECT\n' || string_agg(format('  /* %s */ %s AS %1$I', v.name, v.value), E',\n' ORDER BY v.n)
    || format(E',\n  /* source */ %L AS source\n', r.name) || p_from
    || coalesce(E'\nWHERE /* condition */ (\n' || r.condition || E'\n)', '')
    -- Nobody is waited for: what another transaction is capturing just now is not seen, and the claim finds it.
    || CASE WHEN r.idempotency_key IS NULL THEN ''
         ELSE E'\nOFFSET 0) AS made\nWHERE NOT reward_outbox.was_captured(made.source, made.idempotency_key, made.trigger_id, made.user_id)' END
  FROM reward_outbox.watch_values(r, p_table, p_key) v
  WHERE v.value IS NOT NULL
$$;
COMMENT ON FUNCTION reward_outbox.watch_emission(reward_outbox.watch_rules, text, text, text) IS
  'Part of watch(): the INSERT of a rule, reading from the given FROM.';
