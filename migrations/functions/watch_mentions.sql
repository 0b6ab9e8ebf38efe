-- Reading too much into a text costs some speed, reading too little costs
-- nothing else: what these take for a mention need not be one.
CREATE OR REPLACE FUNCTION reward_outbox.watch_mentions(
  r reward_outbox.watch_rules, p_pattern text
) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(bool_or(e.expression COLLATE "C" ~* p_pattern), false)
  FROM reward_outbox.watch_expressions(r) e
$$;
COMMENT ON FUNCTION reward_outbox.watch_mentions(reward_outbox.watch_rules, text) IS
  'Part of watch(): whether an expression contains a pattern.';
