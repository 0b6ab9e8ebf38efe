-- Which triggers do it. One statement-level trigger with transition tables per operation, where that
-- sees everything; row-level triggers * for foreign tables, which have no transition tables, and for
-- tables with foreign tables below them, which with transition tables could not be written any more;
-- * for a child or partition: what is written through its parent fires only its row-level triggers; *
-- where an UPDATE needs the whole of a row and both versions of it: pairing them adds a column. A
-- partitioned table has both: statement-level for what is written through it (an UPDATE that moves a
-- row to another partition is one there, and DELETE and INSERT for the partitions), row-level for
-- what is written directly to a partition, existing or future.
CREATE OR REPLACE FUNCTION reward_outbox.watch_shape(r reward_outbox.watch_rules) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  WITH RECURSIVE below AS (
    SELECT i.inhrelid AS oid FROM pg_inherits i WHERE i.inhparent = r.watched
    UNION
    SELECT i.inhrelid FROM below b JOIN pg_inherits i ON i.inhparent = b.oid
  )
  SELECT CASE
      WHEN c.relkind = 'f' OR EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid) THEN 'row'
      WHEN EXISTS (SELECT FROM below b JOIN pg_class f ON f.oid = b.oid WHERE f.relkind = 'f') THEN 'row'
      WHEN pairs.needed AND EXISTS (SELECT FROM reward_outbox.watch_expressions(r) e
        WHERE regexp_replace(e.expression, '''([^'']|'''')*''', '', 'g') COLLATE "C"
              ~* '\m(new|old)\M(?!"?\s*\.\s*[^*\s])') THEN 'row'
      WHEN c.relkind = 'p' THEN 'partitioned'
      ELSE 'statement' END || CASE WHEN pairs.needed THEN ' paired' ELSE '' END
  FROM pg_class c,
    (SELECT 'UPDATE' = ANY (r.operations) AND reward_outbox.watch_mentions(r, '\mold\M') AS needed) pairs
  WHERE c.oid = r.watched
$$;
COMMENT ON FUNCTION reward_outbox.watch_shape(reward_outbox.watch_rules) IS
  'Part of watch(): which kinds of trigger a rule needs.';
