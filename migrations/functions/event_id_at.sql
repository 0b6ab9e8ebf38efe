-- Ids begin with the milliseconds of their making: the events of a time are a range of the primary key.
CREATE OR REPLACE FUNCTION reward_outbox.event_id_at(p_at timestamptz, p_digit text DEFAULT '0') RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  SELECT (lpad(to_hex(greatest(floor(date_part('epoch', p_at) * 1000)::bigint, 0)), 12, '0')
          || repeat(p_digit, 20))::uuid
$$;
COMMENT ON FUNCTION reward_outbox.event_id_at(timestamptz, text) IS
  'The lowest id that an event made at that time can have; with the digit f, the highest.';
