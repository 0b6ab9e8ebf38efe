CREATE OR REPLACE FUNCTION reward_outbox.take_alert_turn(p_every_ms double precision) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH taken AS (
    UPDATE reward_outbox.alert_turn SET taken_at = clock_timestamp() WHERE taken_at <= clock_timestamp() - p_every_ms * interval '1 millisecond' RETURNING 1
  )
  SELECT EXISTS (SELECT FROM taken)
$$;
COMMENT ON FUNCTION reward_outbox.take_alert_turn(double precision) IS 'Whether the caller is the one to look now: nobody has for p_every_ms.';
