-- A key or a payload must not depend on whose session writes the row. Everything
-- that shows in the text of a value, or in how an expression is read, is fixed; so
-- is the path, and no lock of ours is waited for longer than half a second. What is compiled for a large
-- statement takes longer to compile than it saves.
CREATE OR REPLACE FUNCTION reward_outbox.capture_settings() RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT $settings$
  SET search_path = pg_catalog, pg_temp
  SET DateStyle = 'ISO, MDY'
  SET TimeZone = 'UTC'
  SET IntervalStyle = 'postgres'
  SET bytea_output = 'hex'
  SET extra_float_digits = 1
  SET standard_conforming_strings = on
  SET array_nulls = on
  SET transform_null_equals = off
  SET quote_all_identifiers = off
  SET lc_monetary = 'C'
  SET lc_numeric = 'C'
  SET lc_time = 'C'
  SET xmlbinary = base64
  SET xmloption = content
  SET default_text_search_config = 'pg_catalog.simple'
  SET lock_timeout = '500ms'
  SET jit = off
$settings$
$$;
COMMENT ON FUNCTION reward_outbox.capture_settings() IS
  'Part of watch(): the settings that a rule''s functions run with.';
