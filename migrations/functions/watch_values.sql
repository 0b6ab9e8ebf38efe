-- How a rule becomes a trigger function: plain text, put together once, when the rule is made.

-- What a rule puts into each field. Expressions stand in parentheses on lines of their own, so that a
-- comment at the end of one ends there. A literal has no type of its own and would become text on its way.
CREATE OR REPLACE FUNCTION reward_outbox.watch_values(r reward_outbox.watch_rules, p_table text, p_key text)
RETURNS TABLE (n integer, name text, type text, value text, is_given boolean)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT v.n, v.name, v.type,
         coalesce(v.value, CASE v.name WHEN 'payload' THEN '''{}''' ELSE 'NULL' END),
         v.value IS NOT NULL
  FROM (
    SELECT f.n, f.name, f.type,
           CASE f.name
             WHEN 'trigger_id'
               THEN coalesce(quote_literal(r.trigger_id), E'(\n' || r.trigger_id_expr || E'\n)')
             WHEN 'idempotency_key'
               THEN E'coalesce((\n' || r.idempotency_key || E'\n)::text, reward_outbox.no_key())'
             WHEN 'metadata' THEN coalesce(E'coalesce((\n' || r.metadata || E'\n), ''{}''::jsonb) || ', '')
               || format('jsonb_build_object(''watch'', %L, ''table'', %s', r.name, p_table)
               || coalesce(', ''key'', jsonb_build_object('
                    || (SELECT string_agg(format('%1$L, ' || p_key, k), ', ') FROM unnest(r.key_columns) k)
                    || ')', '')
               || ')'
             ELSE E'(\n' || x.expression || E'\n)'
               || CASE WHEN f.type <> 'text' AND x.expression ~ '^\s*''([^'']|'''')*''\s*$'
                       THEN '::' || f.type ELSE '' END
           END AS value
    FROM reward_outbox.event_fields() f
    CROSS JOIN LATERAL (SELECT to_jsonb(r) ->> f.name) AS x(expression)
  ) v
$$;
COMMENT ON FUNCTION reward_outbox.watch_values(reward_outbox.watch_rules, text, text) IS
  'Part of watch(): SQL for each field of an event; p_key gets the value of a key column. Not given: what '
  'stands for a field of which the rule says nothing.';
