CREATE OR REPLACE FUNCTION reward_outbox.watch_expressions(
  r reward_outbox.watch_rules
) RETURNS TABLE (parameter text, expression text)
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT p.*
  FROM (VALUES ('condition', r.condition), ('trigger_id_expr', r.trigger_id_expr), ('user_id', r.user_id),
        ('payload', r.payload),
    ('idempotency_key', r.idempotency_key), ('ordering_key', r.ordering_key),
    ('deliver_after', r.deliver_after), ('metadata', r.metadata)) AS p(parameter, expression)
  WHERE p.expression IS NOT NULL
$$;
COMMENT ON FUNCTION reward_outbox.watch_expressions(reward_outbox.watch_rules) IS
  'Part of watch(): the expressions of a rule, by parameter.';
