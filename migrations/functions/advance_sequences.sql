CREATE OR REPLACE FUNCTION reward_outbox.advance_sequences() RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  counted record;
BEGIN
  FOR counted IN
    SELECT *
    FROM (VALUES ('outbox', 'seq'), ('head', 'position_no'), ('relays', 'relay_no'),
          ('operations', 'operation_no')) AS c(name, number)
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
