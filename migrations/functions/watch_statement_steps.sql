CREATE OR REPLACE FUNCTION reward_outbox.watch_statement_steps(r reward_outbox.watch_rules) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $body$
  WITH at_once AS (
    SELECT o.n, o.operation, o.operation = 'UPDATE' AND r.shape LIKE '% paired' AS paired,
           CASE o.operation WHEN 'DELETE' THEN 'old.%1$I' ELSE 'new.%1$I' END AS key,
           reward_outbox.watch_source(r, o.operation) AS source,
           -- TG_OP is plpgsql's: a statement that is planned anew each time has it from elsewhere.
           reward_outbox.watch_source(r, o.operation)
           || format(E'\nCROSS JOIN (SELECT %L::text AS tg_op) AS tg', o.operation)
             AS planned_source,
           coalesce(E'\nWHERE (\n' || r.condition || E'\n)', '') AS condition
    FROM unnest(r.operations) WITH ORDINALITY AS o(operation, n)
  ), branch AS (
    SELECT a.n, CASE a.n WHEN 1 THEN '    IF' ELSE '    ELSIF' END
           || format(E' TG_OP = %L THEN\n', a.operation)
      || CASE WHEN a.paired THEN (
           SELECT coalesce(string_agg(format(
                    E'      IF NOT EXISTS (SELECT FROM reward_%1$s AS %1$s WHERE %2$s) THEN\n'
                     '        RETURN NULL;\n      END IF;\n',
                    p.row, reward_outbox.watch_part(r.condition, p.row)), ''), '')
           FROM (VALUES ('new'), ('old')) AS p(row)
           WHERE reward_outbox.watch_part(r.condition, p.row) IS NOT NULL)
         ELSE '' END
      || CASE WHEN a.paired AND r.shape LIKE 'partitioned%' THEN reward_outbox.watch_step(r, 'same number')
              ELSE '' END
      || CASE WHEN a.paired THEN format(reward_outbox.watch_step(r, 'many'),
           -- Where a part of the condition was certain, hardly a statement is left that has no event.
           CASE WHEN r.condition IS NULL
                  OR coalesce(reward_outbox.watch_part(r.condition, 'new'),
                              reward_outbox.watch_part(r.condition, 'old')) IS NOT NULL
                THEN 'reward_found := true;'
                ELSE format('EXECUTE %L INTO reward_found;',
                            format('SELECT EXISTS (SELECT %s)', a.planned_source || a.condition)) END,
           reward_outbox.watch_emission(r, '$1', a.key, a.planned_source)) ELSE '' END
      || format($part$      -- Without an event our tables are not touched at all, not even by a lock.
      IF EXISTS (SELECT %s) THEN
%s;
      END IF;
$part$, a.source || a.condition,
reward_outbox.watch_emission(r, reward_outbox.watch_step(r, 'table'), a.key, a.source)) AS text
    FROM at_once a
  )
  SELECT format($part$
  BEGIN
    %1$s%5$s
%2$s    END IF;
    RETURN NULL;
  EXCEPTION WHEN OTHERS OR assert_failure THEN
    %3$s
    reward_code := SQLSTATE;
    reward_error := SQLERRM;
  END;
  %6$s
  -- RO003 goes row by row, leaving out what was captured.
  IF reward_code IN ('RO001', 'RO002', '55P03', '40P01', '40001') OR reward_code LIKE '53%%' THEN
    -- Not about a row: asking them one by one would only wait again.
    reward_mode := CASE WHEN reward_code IN ('RO001', 'RO002') THEN 'all' ELSE 'filter' END;
  END IF;
%4$s$part$,
    reward_outbox.watch_step(r, 'owned'), (SELECT string_agg(b.text, '' ORDER BY b.n) FROM branch b),
    reward_outbox.watch_step(r, 'doomed'),
    CASE r.on_error WHEN 'raise' THEN $part$  IF reward_mode <> 'evaluate' THEN
    RAISE EXCEPTION USING ERRCODE = reward_code, MESSAGE = reward_error;
  END IF;
$part$ ELSE '' END || reward_outbox.watch_row_by_row(r),
    CASE WHEN r.shape LIKE 'partitioned%' THEN reward_outbox.watch_captured_rows(r) ELSE '' END,
    reward_outbox.watch_step(r, 'locked'))
$body$;
COMMENT ON FUNCTION reward_outbox.watch_statement_steps(reward_outbox.watch_rules) IS
  'Part of watch(): what a statement-level trigger of a rule does.';
