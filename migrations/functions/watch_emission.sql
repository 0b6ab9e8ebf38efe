-- With a key, what the rule has captured before is left out. Nobody is waited for:
-- what another transaction is capturing just now is not seen, and the claim finds
-- it. NOT IN is a look into a hash table, whatever the planner is told. The first event
-- is checked before the second is made: a rule that fails for every row need not be
-- asked about all of them.
CREATE OR REPLACE FUNCTION reward_outbox.watch_emission(
  r reward_outbox.watch_rules, p_table text, p_key text, p_from text
) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN r.idempotency_key IS NULL THEN e.into_capture || e.made
    ELSE format(E'WITH made AS MATERIALIZED (\nSELECT first.*, CASE WHEN first.reward_n = 1\n'
                 '  THEN reward_outbox.check_captured(ROW(%s)::reward_outbox.written_event) END\n'
                 'FROM (\n', e.checked)
      || e.made || E'\n) AS first\n)\n' || e.into_capture
      || format(E'SELECT %s, made.source\nFROM made\nWHERE made.reward_n NOT IN (\n', e.columns)
      || format(E'  SELECT reward_outbox.known_before(%L, array_agg(m.idempotency_key),\n'
                 '    array_agg(m.trigger_id::text), array_agg(m.user_id::text))\n'
                 '  FROM made m)', r.name) END
  FROM (
    SELECT format(E'INSERT INTO reward_outbox.capture (%s, source)\n',
                  string_agg(v.name, ', ' ORDER BY v.n) FILTER (WHERE v.is_given)) AS into_capture,
           string_agg('made.' || v.name, ', ' ORDER BY v.n) FILTER (WHERE v.is_given) AS columns,
           string_agg(CASE WHEN v.is_given THEN 'first.' || v.name ELSE v.value END, ', ' ORDER BY v.n)
             AS checked,
           E'SELECT\n'
             || string_agg(format(E'  /* %s */ %s AS %1$I', v.name, v.value), E',\n' ORDER BY v.n)
                  FILTER (WHERE v.is_given)
             || format(E',\n  /* source */ %L::text AS source', r.name)
             || CASE WHEN r.idempotency_key IS NULL THEN '' ELSE E',\n  row_number() OVER () AS reward_n' END
             || E'\n' || p_from
             || coalesce(E'\nWHERE /* condition */ (\n' || r.condition || E'\n)', '') AS made
    FROM reward_outbox.watch_values(r, p_table, p_key) v
  ) e
$$;
COMMENT ON FUNCTION reward_outbox.watch_emission(reward_outbox.watch_rules, text, text, text) IS
  'Part of watch(): the INSERT of a rule, reading from the given FROM.';
