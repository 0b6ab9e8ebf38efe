-- Runs as the table's owner. preview: the last rows. page: see watch_page(). row: one that
-- was kept. key: one that is found again. A row that a policy hides from the owner itself
-- is not taken for one that is gone: with row_security off that is an error.
CREATE OR REPLACE FUNCTION reward_outbox.watch_rows(
  p_table regclass, p_key_columns text[], p_action text, p_request jsonb
)
RETURNS TABLE (key jsonb, new_text text, old_text text, operation text, table_name text,
               old_is_unknown boolean)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET row_security = off AS $$
DECLARE
  op       CONSTANT text := p_request ->> 'operation';
  key_sql  text;
  row_sql  text;
  where_sql text := '';
BEGIN
  IF p_action = 'row' THEN
    RETURN QUERY SELECT nullif(p_request -> 'key', 'null'),
      reward_outbox.restored_row(p_table, nullif(p_request -> 'new', 'null'), p_request -> 'new_exact'),
      reward_outbox.restored_row(p_table, nullif(p_request -> 'old', 'null'), p_request -> 'old_exact'), op,
      -- Kept by itself alone, where no key leads back to it: what it was before is not known.
      p_request ->> 'table', op = 'UPDATE' AND NOT p_request ? 'old';
    RETURN;
  END IF;
  IF p_action = 'page' THEN
    RETURN QUERY EXECUTE reward_outbox.watch_page(p_table, p_key_columns, p_request);
    RETURN;
  END IF;
  SELECT 'jsonb_build_object(' || string_agg(format('%1$L, t.%1$I', k.name), ', ' ORDER BY k.n) || ')'
  INTO key_sql
  FROM unnest(p_key_columns) WITH ORDINALITY AS k(name, n);
  row_sql := CASE WHEN op = 'DELETE' THEN 'NULL::text, t::text' ELSE 't::text, NULL::text' END;
  IF p_action = 'key' THEN
    SELECT format('WHERE (%s) = (%s)', string_agg(format('t.%I', k.name), ', ' ORDER BY k.n),
             string_agg(format('%L::%s', p_request -> 'key' ->> k.name, format_type(a.atttypid, a.atttypmod)),
                        ', '
                        ORDER BY k.n))
    INTO where_sql
    FROM unnest(p_key_columns) WITH ORDINALITY AS k(name, n)
    JOIN pg_attribute a ON a.attrelid = p_table AND a.attname = k.name;
  END IF;
  RETURN QUERY EXECUTE format('SELECT %s, %s, $1, %L::text, %L::boolean FROM %s AS t %s%s%s',
                              coalesce(key_sql, 'NULL::jsonb'), row_sql,
    p_request ->> 'table', p_action <> 'row' AND op = 'UPDATE', p_table, where_sql,
    (SELECT ' ORDER BY '
     || string_agg(format('t.%I', k.name) || CASE p_action WHEN 'preview' THEN ' DESC' ELSE '' END, ', '
                                       ORDER BY k.n)
     FROM unnest(p_key_columns) WITH ORDINALITY AS k(name, n)),
    ' LIMIT ' || coalesce((p_request ->> 'limit')::integer, 1))
  USING op;
END
$$;
COMMENT ON FUNCTION reward_outbox.watch_rows(regclass, text[], text, jsonb) IS
  'Part of watch(): the rows that a rule is evaluated on, as text.';
