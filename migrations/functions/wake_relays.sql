CREATE OR REPLACE FUNCTION reward_outbox.wake_relays() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- A full queue makes COMMIT fail. Relays look by themselves anyway.
  IF pg_notification_queue_usage() < 0.75 THEN
    PERFORM pg_notify('reward_outbox', '');
  END IF;
END
$$;
COMMENT ON FUNCTION reward_outbox.wake_relays() IS
  'Has all relays look at once: something was decided that they need not wait for.';
