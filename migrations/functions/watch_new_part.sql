-- A statement none of whose rows fulfils what the condition asks of NEW alone has nothing to capture, and
-- its two versions need not be paired to tell. Only what is certain is taken: where the text holds
-- anything that this does not read (comments, escapes, BETWEEN, CASE, an OR), there is no such part.
CREATE OR REPLACE FUNCTION reward_outbox.watch_new_part(p_condition text) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  token text;
  depth integer := 0;
  term  text := '';
  terms text[] := '{}';
BEGIN
  IF p_condition ~ '--|/[*]|[$]|\\' THEN
    RETURN NULL;
  END IF;
  FOR token IN
    SELECT m[1]
    FROM regexp_matches(p_condition || ' AND', $x$('(?:[^']|'')*'|"(?:[^"]|"")*"|\w+|[^\w])$x$, 'g') AS m
  LOOP
    depth := depth + CASE WHEN token IN ('(', '[') THEN 1 WHEN token IN (')', ']') THEN -1 ELSE 0 END;
    IF depth = 0 AND upper(token) IN ('OR', 'BETWEEN', 'CASE', 'SELECT') THEN
      RETURN NULL;
    ELSIF depth = 0 AND upper(token) = 'AND' THEN
      IF term ~* '\mnew\M' AND term !~* '\mold\M' THEN
        terms := terms || format('(%s)', term);
      END IF;
      term := '';
    ELSE
      term := term || token;
    END IF;
  END LOOP;
  RETURN nullif(array_to_string(terms, ' AND '), '');
END
$body$;
COMMENT ON FUNCTION reward_outbox.watch_new_part(text) IS
  'Part of watch(): what a condition asks of NEW alone, joined by AND with the rest; null: nothing that is '
  'certain.';
