-- A window of rows in the order of their keys, as the text of a query. What is outside of the
-- bounds costs a look and nothing else, so that a statement is short however few rows are
-- within. The last row of the window comes along in any case, without its values if it is
-- outside: behind it the next page begins. To count: one row, whose key is the answer.
CREATE OR REPLACE FUNCTION reward_outbox.watch_page(
  p_table regclass, p_key_columns text[], p_request jsonb
) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  names  text;
  pairs  text;
  after  text := '';
  within text := 'true';
  without text := 'false';
  op     CONSTANT text := p_request ->> 'operation';
BEGIN
  SELECT string_agg(format('t.%I', k.name), ', ' ORDER BY k.n),
         string_agg(format('%1$L, t.%1$I', k.name), ', ' ORDER BY k.n)
  INTO names, pairs
  FROM unnest(p_key_columns) WITH ORDINALITY AS k(name, n);
  IF p_request ? 'after' THEN
    SELECT format('WHERE (%s) > (%s)', names, string_agg(format('%L::%s', p_request -> 'after' ->> k.name,
             format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY k.n))
    INTO after
    FROM unnest(p_key_columns) WITH ORDINALITY AS k(name, n)
    JOIN pg_attribute a ON a.attrelid = p_table AND a.attname = k.name;
  END IF;
  IF p_request ? 'column' THEN
    SELECT string_agg(format('t.%I %s %L', p_request ->> 'column', b.operator, p_request ->> b.name), ' AND ')
    INTO within
    FROM (VALUES ('since', '>='), ('until', '<')) AS b(name, operator)
    WHERE p_request ? b.name;
    without := format('t.%I IS NULL', p_request ->> 'column');
  END IF;
  IF p_request ? 'count' THEN
    RETURN format('SELECT jsonb_build_object(''rows'', count(*) FILTER (WHERE %s), ''without'', count(*) '
                  'FILTER (WHERE %s)),'
      ' NULL::text, NULL::text, NULL::text, NULL::text, false FROM %s AS t', within, without, p_table);
  END IF;
  RETURN format($page$SELECT y.key, CASE WHEN y.within THEN y.r::text END, NULL::text, %1$L::text, NULL::text,
                %2$L::boolean
FROM (
  SELECT x.*, count(*) FILTER (WHERE x.within) OVER (ORDER BY x.n) AS so_many, max(x.n) OVER () AS last_n
  FROM (
    SELECT jsonb_build_object(%3$s) AS key, coalesce(%4$s, false) AS within, t AS r,
           row_number() OVER (ORDER BY %5$s) AS n
    FROM %6$s AS t
    %7$s
    ORDER BY %5$s
    LIMIT %8$s
  ) x
) y
WHERE y.so_many <= %9$s
  AND (y.within OR y.n = y.last_n)
ORDER BY y.n$page$, op, op = 'UPDATE', pairs, within, names, p_table, after,
    (p_request ->> 'window')::integer, (p_request ->> 'limit')::integer);
END
$$;
COMMENT ON FUNCTION reward_outbox.watch_page(regclass, text[], jsonb) IS
  'Part of backfill_step(): the query for the next rows of a table.';
