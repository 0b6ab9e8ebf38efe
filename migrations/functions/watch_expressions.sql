CREATE OR REPLACE FUNCTION reward_outbox.watch_expressions(
  r reward_outbox.watch_rules
) RETURNS TABLE (parameter text, expression text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT p.name, rule.settings ->> p.name
  FROM (
    SELECT 0 AS n, 'condition' AS name
    UNION ALL
    SELECT f.n, CASE f.name WHEN 'trigger_id' THEN 'trigger_id_expr' ELSE f.name END
    FROM reward_outbox.event_fields() f
  ) p
  CROSS JOIN (SELECT to_jsonb(r) AS settings OFFSET 0) rule
  WHERE rule.settings ->> p.name IS NOT NULL
  ORDER BY p.n
$$;
COMMENT ON FUNCTION reward_outbox.watch_expressions(reward_outbox.watch_rules) IS
  'Part of watch(): the expressions of a rule, by parameter.';
