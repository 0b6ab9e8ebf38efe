-- A statement-level trigger with transition tables sees what is written by statements that name its table,
-- so a partitioned table and each of its partitions have one of their own. A partition that was made later
-- has none: there, and only there, the row-level triggers of the partitioned table do it.
CREATE OR REPLACE FUNCTION reward_outbox.watch_triggers(r reward_outbox.watch_rules)
RETURNS TABLE (table_name text, trigger_name text, ddl text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  WITH word AS (
    SELECT format('reward_outbox_%s_', r.name) AS prefix,
           format('reward_outbox.%I()', 'watch_' || r.name) AS function_name,
           -- SET reward_outbox.watch = off: for one session, nothing is captured.
           $w$pg_catalog.lower(
             coalesce(pg_catalog.current_setting('reward_outbox.watch', true), '') COLLATE pg_catalog."C")
             OPERATOR(pg_catalog.<>) ALL ('{off,false,no,0}'::pg_catalog.text[])$w$ AS wanted
  ), watched AS (
    SELECT r.watched AS oid
    UNION
    SELECT p.relid::oid FROM pg_partition_tree(r.watched) p WHERE r.shape LIKE 'partitioned%'
  ), named AS (
    SELECT w.oid::regclass::text AS table_name, t.trigger_name, t.what, word.function_name
    FROM word
    CROSS JOIN unnest(r.operations) AS o(operation)
    CROSS JOIN LATERAL (
      SELECT w.oid, word.prefix || lower(o.operation COLLATE "C") AS trigger_name,
             format('AFTER %s ON %s REFERENCING %s FOR EACH STATEMENT WHEN (%s)', o.operation,
                    w.oid::regclass,
               CASE o.operation WHEN 'DELETE' THEN 'OLD TABLE AS reward_old'
                 ELSE 'NEW TABLE AS reward_new'
                   || CASE WHEN o.operation = 'UPDATE'
                             AND (r.shape LIKE '% paired'
                                  OR r.shape LIKE 'partitioned%' AND NOT 'INSERT' = ANY (r.operations))
                        THEN ' OLD TABLE AS reward_old' ELSE '' END
               END, word.wanted) AS what
      FROM watched w
      WHERE r.shape NOT LIKE 'row%'
      UNION ALL
      SELECT r.watched, word.prefix || lower(o.operation COLLATE "C") || '_r',
             format('AFTER %s ON %s FOR EACH ROW WHEN (%s%s)', o.operation, r.watched, word.wanted,
               CASE WHEN r.shape LIKE 'row%' THEN ''
                 ELSE format(' AND %s.tableoid OPERATOR(pg_catalog.<>) ALL '
                             '(%L::pg_catalog.regclass[]::pg_catalog.oid[])',
                   CASE o.operation WHEN 'DELETE' THEN 'OLD' ELSE 'NEW' END,
                   (SELECT array_agg(w.oid::regclass) FROM watched w)) END)
      WHERE r.shape NOT LIKE 'statement%'
    ) t
    JOIN watched w ON w.oid = t.oid
  )
  SELECT n.table_name, n.trigger_name,
         format('CREATE OR REPLACE TRIGGER %I %s EXECUTE FUNCTION %s', n.trigger_name, n.what,
    n.function_name)
  FROM named n
$$;
COMMENT ON FUNCTION reward_outbox.watch_triggers(reward_outbox.watch_rules) IS
  'Part of watch(): the triggers of a rule.';
