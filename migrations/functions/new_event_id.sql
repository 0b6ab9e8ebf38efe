-- A version 7 UUID by hand, where PostgreSQL has no uuidv7(): the first 48 bits
-- are milliseconds, so that the index grows at its end and "newest first" is the
-- order of ids. Runs as whoever inserts, with their search_path.
CREATE OR REPLACE FUNCTION reward_outbox.new_event_id() RETURNS uuid
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN encode(
    set_bit(
      set_bit(
        overlay(
          uuid_send(gen_random_uuid())
          PLACING substring(int8send((date_part('epoch', clock_timestamp()) * 1000)::bigint) FROM 3)
          FROM 1 FOR 6
        ), 52, 1
      ), 53, 1
    ), 'hex'
  )::uuid;
END
$$;
COMMENT ON FUNCTION reward_outbox.new_event_id() IS 'The id of an event, in order of time.';
DO $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM pg_catalog.pg_attribute a
    WHERE a.attrelid = 'reward_outbox.outbox'::regclass AND a.attname = 'id' AND a.atthasdef
  ) THEN
    ALTER TABLE reward_outbox.outbox ALTER COLUMN id SET DEFAULT reward_outbox.new_event_id();
  END IF;
END
$$;
