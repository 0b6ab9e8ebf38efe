-- Token by token, in time that grows with the length: whoever looks at a rule waits for this.
CREATE OR REPLACE FUNCTION reward_outbox.bare_expression(p_expression text) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  token   text;
  before  text := '';
  -- What ends the quotes or the comment that a token stands in; null: it stands in none.
  closing text;
  escapes boolean := false;
  skip    boolean := false;
  depth   integer := 0;
  bare    text[] := '{}';
BEGIN
  FOR token IN
    SELECT m[1] FROM regexp_matches(p_expression, $x$(--|/\*|\*/|\$(?:[^\W\d]\w*)?\$|\w+|[^\w])$x$, 'g') AS m
  LOOP
    IF closing IS NULL THEN
      closing := CASE WHEN token IN ('''', '"') THEN token
                      WHEN token = '--' THEN E'\n'
                      WHEN token = '/*' THEN '*/'
                      WHEN token LIKE '$%$' AND token <> '$' THEN token END;
      escapes := token = '''' AND lower(before COLLATE "C") = 'e';
      depth := 1;
      bare := bare || CASE WHEN closing IS NULL OR token = '"' THEN token ELSE ' ' END;
    ELSIF skip THEN
      skip := false;
    ELSIF escapes AND token = '\' THEN
      skip := true;
    ELSE
      depth := depth + CASE WHEN token = closing THEN -1 WHEN token = '/*' AND closing = '*/' THEN 1 ELSE 0
                            END;
      IF closing = '"' THEN
        bare := bare || token;
      END IF;
      IF depth = 0 THEN
        closing := NULL;
      END IF;
    END IF;
    before := token;
  END LOOP;
  RETURN array_to_string(bare, '');
END
$$;
COMMENT ON FUNCTION reward_outbox.bare_expression(text) IS
  'Part of watch(): an expression without its strings and comments. Names in double quotes stay.';
