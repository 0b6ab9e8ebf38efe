-- Read from the text, not evaluated: NEW.x and OLD.x outside of quotes and comments.
CREATE OR REPLACE FUNCTION reward_outbox.watch_missing_columns(r reward_outbox.watch_rules) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $body$
  SELECT string_agg(DISTINCT format('column %s.%I does not exist', m.record, m.name), '; ')
  FROM reward_outbox.watch_expressions(r) e
  CROSS JOIN LATERAL regexp_replace(regexp_replace(regexp_replace(e.expression, $x$--[^\n]*|/\*.*?\*/$x$, ' ', 'g'),
    $x$\$(\w*)\$.*?\$\1\$$x$, ' ', 'g'), $x$'([^']|'')*'$x$, ' ', 'g') AS bare(text)
  CROSS JOIN LATERAL regexp_matches(bare.text, $x$\m(new|old)\M"?\s*\.\s*(?:"((?:[^"]|"")+)"|([[:alpha:]_][[:alnum:]_$]*))$x$, 'gi') AS f(parts)
  CROSS JOIN LATERAL (SELECT lower(f.parts[1]) AS record, coalesce(replace(f.parts[2], '""', '"'), lower(f.parts[3])) AS name) m
  WHERE NOT EXISTS (SELECT FROM pg_attribute a
                    WHERE a.attrelid = r.watched AND NOT a.attisdropped AND a.attnum > 0 AND a.attname = m.name)
$body$;
COMMENT ON FUNCTION reward_outbox.watch_missing_columns(reward_outbox.watch_rules) IS
  'Part of watch_problem(): columns that the rule names and the table does not have; null: none.';
