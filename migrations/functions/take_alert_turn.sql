CREATE OR REPLACE FUNCTION reward_outbox.take_alert_turn(
  p_turn text, p_every_ms double precision
) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH taken AS (
    UPDATE reward_outbox.alert_turn t
    SET taken_at = clock_timestamp()
    WHERE t.turn = p_turn
      AND t.taken_at <= clock_timestamp() - p_every_ms * interval '1 millisecond'
    RETURNING 1
  )
  SELECT EXISTS (SELECT FROM taken)
$$;
COMMENT ON FUNCTION reward_outbox.take_alert_turn(text, double precision) IS
  'Whether the caller is the one to do it now: nobody has for p_every_ms.';
