-- What there should be, and what is wrong with what there is: told from the catalog, without calling anything.
CREATE OR REPLACE FUNCTION reward_outbox.watch_functions(r reward_outbox.watch_rules)
RETURNS TABLE (declaration text, signature text, result text, body text, for_replay boolean, fault text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT format('reward_outbox.%I(%s)', d.prefix || r.name, d.parameters), s.signature, d.result, d.body, d.for_replay,
         CASE WHEN p.oid IS NULL THEN 'is missing'
              WHEN pg_get_userbyid(p.proowner) <> reward_outbox.watch_owner(r.watched)
                THEN 'belongs to ' || pg_get_userbyid(p.proowner) || ', the table to ' || reward_outbox.watch_owner(r.watched)
              WHEN NOT p.prosecdef OR p.prolang <> (SELECT l.oid FROM pg_language l WHERE l.lanname = 'plpgsql')
                OR cardinality(p.proconfig) IS DISTINCT FROM (SELECT count(*) FROM regexp_matches(reward_outbox.capture_settings(), '^  SET ', 'gn'))
                OR p.proconfig[1] IS DISTINCT FROM 'search_path=pg_catalog, pg_temp'
                OR p.prosrc <> d.body THEN 'is not as the rule makes it' END
  FROM (VALUES
    ('watch_', '', '', 'trigger', reward_outbox.watch_body(r), false),
    ('try_', 'p_action text, p_request jsonb DEFAULT ''{}''', 'text, jsonb', 'SETOF reward_outbox.tried_row',
      reward_outbox.watch_probe(r), true)
  ) AS d(prefix, parameters, types, result, body, for_replay)
  CROSS JOIN LATERAL (SELECT format('reward_outbox.%I(%s)', d.prefix || r.name, d.types) AS signature) s
  LEFT JOIN pg_proc p ON p.oid = to_regprocedure(s.signature)
$$;
COMMENT ON FUNCTION reward_outbox.watch_functions(reward_outbox.watch_rules) IS
  'Part of watch(): the functions of a rule, and what is wrong with each; null: nothing.';
