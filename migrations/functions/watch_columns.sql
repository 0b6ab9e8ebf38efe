-- Read from the text, not evaluated: NEW.x and OLD.x outside of quotes and comments.
CREATE OR REPLACE FUNCTION reward_outbox.watch_columns(
  p_expression text
) RETURNS TABLE (record text, name text)
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $body$
  SELECT DISTINCT lower(f.parts[1] COLLATE "C"),
         coalesce(replace(f.parts[2], '""', '"'), lower(f.parts[3] COLLATE "C"))
  FROM regexp_matches(
    reward_outbox.bare_expression(p_expression),
    $x$\m(new|old)\M"?\s*\.\s*(?:"((?:[^"]|"")+)"|([[:alpha:]_][[:alnum:]_$]*))$x$, 'gi') AS f(parts)
$body$;
COMMENT ON FUNCTION reward_outbox.watch_columns(text) IS
  'Part of watch(): the columns that an expression names.';
