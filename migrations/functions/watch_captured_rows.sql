-- Partitions that were made after the rule have no trigger of their own; what the row-level
-- triggers of the partitioned table captured in them is left out. A row that an UPDATE moved
-- there has fired one for INSERT, not for UPDATE: where the rule has none for INSERT, only rows
-- that stayed in their partition are left out, which takes both versions of them.
CREATE OR REPLACE FUNCTION reward_outbox.watch_captured_rows(r reward_outbox.watch_rules) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $body$
  SELECT format($part$
    IF current_setting(%1$L, true) = 'on' THEN
      SELECT string_agg(format('WHEN %%s THEN %%s', pg_get_partition_constraintdef(p.relid), p.relid::oid),
                        ' ')
      INTO reward_error
      FROM pg_partition_tree(TG_RELID) p
      WHERE p.isleaf AND p.relid <> TG_RELID
        AND NOT EXISTS (SELECT FROM pg_trigger g
                        WHERE g.tgrelid = p.relid
                          AND g.tgname = %2$L || lower(TG_OP COLLATE "C")
                          AND g.tgparentid = 0);
      IF reward_error IS NULL THEN
        NULL;%3$s
      ELSE
        EXECUTE format('SELECT array_agg(CASE %%s END IS NOT NULL) FROM %%s', reward_error,
          CASE TG_OP WHEN 'DELETE' THEN 'reward_old' ELSE 'reward_new' END) INTO reward_skip;
      END IF;
      IF true = ANY (reward_skip) THEN
        RAISE EXCEPTION USING ERRCODE = 'RO003', MESSAGE = 'some of it was captured row by row';
      END IF;
    END IF;$part$, reward_outbox.watch_mark(r.name), 'reward_outbox_' || r.name || '_',
    CASE WHEN 'UPDATE' = ANY (r.operations) AND NOT 'INSERT' = ANY (r.operations) THEN format($part$
      ELSIF TG_OP = 'UPDATE' THEN
%s        EXECUTE format('SELECT array_agg(r.n = r.o) FROM unnest((SELECT array_agg(CASE %%1$s END) FROM '
                         'reward_new),'
          ' (SELECT array_agg(CASE %%1$s END) FROM reward_old)) AS r(n, o)', reward_error)
          INTO reward_skip;$part$,
      reward_outbox.watch_step(r, 'same number')) ELSE '' END)
$body$;
COMMENT ON FUNCTION reward_outbox.watch_captured_rows(reward_outbox.watch_rules) IS
  'Part of watch(): which rows of a statement on a partitioned table its row-level triggers have captured.';
