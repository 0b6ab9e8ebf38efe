-- All that is left of a statement whose rule is not asked any further, at once: the keys of the rows it
-- applies to, a thousand to a record. If the condition fails for one of them, they are read one by one.
CREATE OR REPLACE FUNCTION reward_outbox.watch_rest_by_keys(r reward_outbox.watch_rules) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $body$
  WITH rest AS (
    SELECT o.operation, o.row, reward_outbox.watch_numbered_source(r, o.operation) AS source,
           CASE WHEN o.row = 'old' OR r.key_columns = '{}'
                THEN format('to_jsonb(%s) - ''reward_outbox_pair''', o.row)
                ELSE (SELECT format('jsonb_build_object(%s)', string_agg(format('%1$L, new.%1$I', k), ', '))
                      FROM unnest(r.key_columns) AS k) END AS key
    FROM (SELECT x.operation, CASE x.operation WHEN 'DELETE' THEN 'old' ELSE 'new' END AS row
          FROM unnest(r.operations) AS x(operation)) AS o
  ), statement AS (
    SELECT string_agg(format('WHEN %L THEN %L', t.operation, format($sql$
INSERT INTO reward_outbox.capture_errors
  (watch, table_name, operation, error_code, error_message, more_keys, changes)
SELECT %1$L, $3, %2$L, $4, $5, jsonb_agg(k.key ORDER BY k.n), count(*)
FROM (
  SELECT row_number() OVER () AS n, %3$s AS key
  %4$s
  WHERE %5$s.reward_outbox_pair > $1 AND $2[%5$s.reward_outbox_pair] IS NOT TRUE%6$s
) AS k
GROUP BY (k.n - 1) / 1000$sql$, r.name, t.operation, t.key, t.source, t.row,
             coalesce(E' AND (\n' || r.condition || E'\n)', ''))), ' ') AS choice
    FROM rest t
  )
  SELECT format($part$    IF reward_mode = 'filter' AND reward_at_once AND NOT reward_ended THEN
      reward_at_once := false;
      BEGIN
        %1$s
        %2$s
        EXECUTE CASE TG_OP %3$s END
        USING reward_seen, reward_skip, format('%%I.%%I', TG_TABLE_SCHEMA, TG_TABLE_NAME), reward_code,
          left(reward_error, 1000);
        %4$s
        reward_ended := true;
      EXCEPTION WHEN OTHERS OR assert_failure THEN
        %5$s
      END;
    END IF;
$part$, reward_outbox.watch_step(r, 'rule'), reward_outbox.watch_step(r, 'no loops'), s.choice,
    reward_outbox.watch_step(r, 'loops again'), reward_outbox.watch_step(r, 'doomed'))
  FROM statement s
$body$;
COMMENT ON FUNCTION reward_outbox.watch_rest_by_keys(reward_outbox.watch_rules) IS
  'Part of watch(): how the rest of a statement''s rows is kept when a rule has failed too often.';
