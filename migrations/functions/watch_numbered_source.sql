CREATE OR REPLACE FUNCTION reward_outbox.watch_numbered_source(
  r reward_outbox.watch_rules, p_operation text
) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN p_operation = 'UPDATE' AND r.shape LIKE '% paired' THEN s.source
              ELSE regexp_replace(s.source, '^FROM (reward_\w+) AS (new|old)',
                     'FROM (SELECT x.*, row_number() OVER () AS reward_outbox_pair FROM \1 AS x) AS \2') END
         || format(E'\nCROSS JOIN (SELECT %L::text AS tg_op) AS tg', p_operation)
  FROM (SELECT reward_outbox.watch_source(r, p_operation) AS source) s
$$;
COMMENT ON FUNCTION reward_outbox.watch_numbered_source(reward_outbox.watch_rules, text) IS
  'Part of watch(): where a statement that is planned anew reads an operation''s rows, with their numbers.';
