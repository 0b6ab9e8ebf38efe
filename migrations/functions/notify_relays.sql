-- Only called while a relay waits to be notified (see outbox.silent): NOTIFY takes a lock on the whole
-- database during COMMIT, through its fsync, so that with many writers it would cost the application most
-- of its throughput. Several rows of one transaction notify once: PostgreSQL folds equal notifications.
-- The channel carries no message: a relay that hears it looks at the table.
--
-- PREPARE TRANSACTION fails after a NOTIFY. Who writes the outbox can know that, and say SET
-- reward_outbox.notify = off; who writes a watched table cannot, so that what is captured notifies only
-- where no transaction can be prepared, or where the setting is on. The poll finds the others. The last
-- quarter of the queue is left to others: when it is full, COMMIT fails.
CREATE OR REPLACE FUNCTION reward_outbox.notify_relays() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  wanted CONSTANT text := coalesce(nullif(current_setting('reward_outbox.notify', true), ''),
    CASE WHEN NEW.source IS NOT NULL AND current_setting('max_prepared_transactions') <> '0'
         THEN 'off' ELSE 'on' END);
BEGIN
  IF wanted <> 'off' AND pg_notification_queue_usage() < 0.75 THEN
    PERFORM pg_notify('reward_outbox', '');
  END IF;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION reward_outbox.notify_relays() IS 'Wakes relays that wait to be notified of new events.';
-- Only where it is missing: replacing it would have every writer wait until the migration ends.
DO $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM pg_catalog.pg_trigger t
    WHERE t.tgrelid = 'reward_outbox.outbox'::regclass AND t.tgname = 'notify_relays'
  ) THEN
    CREATE TRIGGER notify_relays BEFORE INSERT ON reward_outbox.outbox FOR EACH ROW
      WHEN (NOT NEW.silent) EXECUTE FUNCTION reward_outbox.notify_relays();
  END IF;
END
$$;
