-- Most types read back what JSON says of them. Those that do not (arrays,
-- composites, json itself, hstore) are kept as PostgreSQL writes them as well, and
-- where a row is no JSON at all, that is all there is of those columns.
CREATE OR REPLACE FUNCTION reward_outbox.kept_row(
  p_table regclass, p_row text, OUT kept jsonb, OUT exact jsonb
)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET DateStyle = 'ISO, MDY' SET TimeZone = 'UTC'
SET IntervalStyle = 'postgres'
SET bytea_output = 'hex'
SET extra_float_digits = 1
SET standard_conforming_strings = on
AS $$
DECLARE
  plain text[];
  other text[];
BEGIN
  IF p_row IS NULL THEN
    RETURN;
  END IF;
  SELECT array_agg(c.name ORDER BY c.n) FILTER (WHERE c.is_plain),
         array_agg(c.name ORDER BY c.n) FILTER (WHERE NOT c.is_plain)
  INTO plain, other
  FROM (
    SELECT a.attnum AS n, a.attname::text AS name,
           t.typtype IN ('b', 'e', 'r', 'm') AND t.typcategory <> 'A'
           AND t.oid NOT IN ('json'::regtype, 'jsonb'::regtype)
             AND NOT EXISTS (SELECT FROM pg_cast k
                             WHERE k.castsource = t.oid AND k.casttarget = 'json'::regtype)
             AS is_plain
    FROM pg_attribute a
    JOIN pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = p_table AND a.attnum > 0 AND NOT a.attisdropped
  ) c;
  IF other IS NOT NULL THEN
    EXECUTE format('SELECT jsonb_object(%L::text[], ARRAY[%s]) FROM (SELECT $1::%s AS r OFFSET 0) AS x',
                   other,
      (SELECT string_agg(format('(x.r).%I::text', o.name), ', ' ORDER BY o.n)
       FROM unnest(other) WITH ORDINALITY AS o(name, n)),
      p_table) INTO exact USING p_row;
    exact := nullif(jsonb_strip_nulls(exact), '{}');
  END IF;
  BEGIN
    EXECUTE format('SELECT to_jsonb($1::%s)', p_table) INTO kept USING p_row;
  EXCEPTION WHEN OTHERS THEN
    EXECUTE format('SELECT to_jsonb(y) FROM (SELECT %s FROM (SELECT $1::%s AS r OFFSET 0) AS x) AS y',
      coalesce((SELECT string_agg(format('(x.r).%I', c), ', ') FROM unnest(plain) c), ''), p_table)
      INTO kept USING p_row;
    kept := kept || coalesce(exact, '{}');
  END;
END
$$;
COMMENT ON FUNCTION reward_outbox.kept_row(regclass, text) IS
  'Part of a rule: a row of a table, given as PostgreSQL writes it, as JSON for people, and what JSON does '
  'not carry.';
