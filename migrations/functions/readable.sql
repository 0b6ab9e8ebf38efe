-- What cannot be shown is shown by its bytes: \x81. In JSON text the backslash has to be doubled.
CREATE OR REPLACE FUNCTION reward_outbox.readable(p_text text, p_backslash text DEFAULT E'\\') RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on AS $$
DECLARE
  shown text := p_text;
  c     text;
BEGIN
  PERFORM convert_to(p_text, 'UTF8');
  RETURN p_text;
EXCEPTION WHEN OTHERS THEN
  FOR c IN SELECT DISTINCT s.c FROM regexp_split_to_table(p_text, '') AS s(c) WHERE s.c > '~' COLLATE "C" LOOP
    BEGIN
      PERFORM convert_to(c, 'UTF8');
    EXCEPTION WHEN OTHERS THEN
      shown := replace(shown, c, p_backslash || 'x' || encode(convert_to(c, getdatabaseencoding()), 'hex'));
    END;
  END LOOP;
  RETURN shown;
END
$$;
COMMENT ON FUNCTION reward_outbox.readable(text, text) IS
  'A text as UTF-8 can show it: characters that it does not have appear as their bytes in hex.';
