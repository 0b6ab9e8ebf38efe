CREATE OR REPLACE FUNCTION reward_outbox.count_miss() RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT nextval('reward_outbox.watch_misses')
$$;
COMMENT ON FUNCTION reward_outbox.count_miss() IS
  'Part of a rule: counts what could be neither captured nor recorded, even if the writer''s transaction '
  'rolls back.';
