-- U+0001 to U+001F and U+007F everywhere. U+0080 to U+009F where these numbers are those characters, in Unicode and ISO 8859: elsewhere
-- they are letters and signs (WIN125x, WIN866, KOI8), or parts of characters (SQL_ASCII). Texts without any need one look.
CREATE OR REPLACE FUNCTION reward_outbox.has_control_characters(p_text text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on AS $$
  SELECT p_text COLLATE "C" ~ '[\u0001-\u001f\u007f-\u009f]'
     AND (p_text COLLATE "C" ~ '[\u0001-\u001f\u007f]' OR getdatabaseencoding() ~ '^(UTF8|LATIN|ISO_8859)')
$$;
COMMENT ON FUNCTION reward_outbox.has_control_characters(text) IS 'Whether a text holds characters that no id may hold, in the encoding of the database.';
