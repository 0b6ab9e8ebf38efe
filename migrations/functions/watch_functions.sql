CREATE OR REPLACE FUNCTION reward_outbox.watch_functions(r reward_outbox.watch_rules)
RETURNS TABLE (declaration text, signature text, result text, body text, for_replay boolean)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT format('reward_outbox.%I(%s)', d.prefix || r.name, d.parameters),
         format('reward_outbox.%I(%s)', d.prefix || r.name, d.types), d.result, d.body, d.for_replay
  FROM (VALUES
    ('watch_', '', '', 'trigger', reward_outbox.watch_body(r), false),
    ('try_', 'p_action text, p_request jsonb DEFAULT ''{}''', 'text, jsonb', 'SETOF reward_outbox.tried_row',
      reward_outbox.watch_probe(r), true)
  ) AS d(prefix, parameters, types, result, body, for_replay)
$$;
COMMENT ON FUNCTION reward_outbox.watch_functions(reward_outbox.watch_rules) IS
  'Part of watch(): the functions that a rule becomes.';
