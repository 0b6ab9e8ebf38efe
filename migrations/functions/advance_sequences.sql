CREATE OR REPLACE FUNCTION reward_outbox.advance_sequences() RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  counted record;
BEGIN
  FOR counted IN
    SELECT c.relname AS name, a.attname AS number
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = 'reward_outbox'::regnamespace
      AND c.relkind = 'r'
      AND a.attidentity <> ''
      AND NOT a.attisdropped
  LOOP
    EXECUTE format(
      'SELECT setval(%1$L, greatest((SELECT max(%2$I) FROM reward_outbox.%3$I), (SELECT last_value FROM '
      '%1$s), 1))',
      pg_get_serial_sequence('reward_outbox.' || counted.name, counted.number), counted.number, counted.name);
  END LOOP;
END
$$;
COMMENT ON FUNCTION reward_outbox.advance_sequences() IS
  'Part of adopt(): rows can be loaded without the sequences that numbered them.';
