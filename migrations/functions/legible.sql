-- What a digest is made of must be what a client is shown: see the view events. In UTF-8 that is the text.
DO $$
BEGIN
  EXECUTE format(
    'CREATE OR REPLACE FUNCTION reward_outbox.legible(p_text text) RETURNS text '
    'LANGUAGE sql STABLE PARALLEL SAFE AS %L',
    CASE WHEN getdatabaseencoding() = 'UTF8' THEN 'SELECT p_text'
         ELSE 'SELECT reward_outbox.readable(p_text)' END);
END
$$;
COMMENT ON FUNCTION reward_outbox.legible(text) IS 'A text as every client can be shown it.';
