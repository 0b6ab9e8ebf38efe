-- For relays too, which may not read the rules themselves: what is broken has to be
-- told by whoever is there to tell. Reads the catalog only, so nobody's code runs;
-- what it says of a rule is its name, its table and PostgreSQL's names.
CREATE OR REPLACE FUNCTION reward_outbox.broken_watches(

) RETURNS TABLE (name text, table_name text, problem text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT r.name, CASE WHEN c.oid IS NULL THEN r.table_name ELSE format('%I.%I', n.nspname, c.relname) END,
         p.problem
  FROM reward_outbox.watch_rules r
  LEFT JOIN pg_class c ON c.oid = r.watched
  LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
  CROSS JOIN LATERAL (SELECT reward_outbox.watch_problem(r.name) AS problem OFFSET 0) p
  WHERE NOT r.trial AND p.problem IS NOT NULL
  ORDER BY r.name
$$;
COMMENT ON FUNCTION reward_outbox.broken_watches() IS
  'The rules that do not work as they stand, those whose table is gone among them, and why.';
