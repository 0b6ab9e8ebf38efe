-- How a rule becomes a trigger function: plain text, put together once, when the rule is made.

-- What a rule puts into each column. Expressions stand in parentheses on lines of their own, so that a
-- comment at the end of one ends there. A literal has no type of its own and would become text on its way.
CREATE OR REPLACE FUNCTION reward_outbox.watch_values(r reward_outbox.watch_rules, p_table text, p_key text)
RETURNS TABLE (n integer, name text, value text)
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  VALUES
    (1, 'trigger_id', coalesce(quote_literal(r.trigger_id), E'(\n' || r.trigger_id_expr || E'\n)')),
    (2, 'user_id', E'(\n' || r.user_id || E'\n)'),
    (3, 'payload', E'(\n' || r.payload || E'\n)' || CASE WHEN r.payload ~ '^\s*''([^'']|'''')*''\s*$'
                                                         THEN '::jsonb' ELSE '' END),
    (4, 'idempotency_key', E'coalesce((\n' || r.idempotency_key || E'\n)::text, reward_outbox.no_key())'),
    (5, 'ordering_key', E'(\n' || r.ordering_key || E'\n)'),
    (6, 'deliver_after',
      E'(\n' || r.deliver_after || E'\n)' || CASE WHEN r.deliver_after ~ '^\s*''([^'']|'''')*''\s*$'
                                                  THEN '::timestamptz' ELSE '' END),
    (7, 'metadata', coalesce(E'coalesce((\n' || r.metadata || E'\n), ''{}''::jsonb) || ', '')
      || format('jsonb_build_object(''watch'', %L, ''table'', %s', r.name, p_table)
      || coalesce(', ''key'', jsonb_build_object('
        || (SELECT string_agg(format('%1$L, ' || p_key, k), ', ') FROM unnest(r.key_columns) k) || ')', '')
        || ')')
$$;
COMMENT ON FUNCTION reward_outbox.watch_values(reward_outbox.watch_rules, text, text) IS
  'Part of watch(): SQL for each column of an event; p_key gets the value of a key column.';
