-- A statement none of whose rows fulfils what the condition asks of NEW alone, or of OLD alone, has
-- nothing to capture, and its two versions need not be paired to tell. Only what is certain is taken:
-- where the text holds anything that this does not read (comments, escapes, BETWEEN, CASE, an OR), there
-- is no such part.
CREATE OR REPLACE FUNCTION reward_outbox.watch_part(p_condition text, p_row text) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  other CONSTANT text := CASE p_row WHEN 'new' THEN 'old' ELSE 'new' END;
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
      IF term ~* format('\m%s\M', p_row) AND term !~* format('\m%s\M', other) THEN
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
COMMENT ON FUNCTION reward_outbox.watch_part(text, text) IS
  'Part of watch(): what a condition asks of NEW, or of OLD, alone, joined by AND with the rest; null: '
  'nothing that is certain.';
