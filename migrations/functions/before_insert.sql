-- All that happens to a row on its way in: its id is made, the rules are checked, and a sleeping relay is woken. One row trigger with one function and
-- few short expressions, because that is what costs the application least: PostgreSQL reads and plans CHECK constraints, WHEN clauses and the expressions of
-- defaults anew for every statement, and sets up every expression of a function anew for every transaction.
CREATE OR REPLACE FUNCTION reward_outbox.before_insert() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
DECLARE
  parts text;
BEGIN
  IF NEW.id IS NULL THEN
    -- A version 7 UUID by hand, where PostgreSQL has no uuidv7(): the first 48 bits are milliseconds, so that the index grows at its end and
    -- "newest first" is the order of ids.
    NEW.id := encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
                PLACING substring(int8send((date_part('epoch', clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid;
  END IF;

  -- The usual event is known to be right by one pattern: ids that begin with a letter or digit, a flat payload whose value, if it has one, begins as a
  -- number does, keys, and all of it in 512 bytes. The five parts are separated by a character that is allowed in none of them, so the pattern
  -- holds only if there are exactly four of it. Everything else is checked rule by rule.
  parts := concat(NEW.trigger_id, chr(1), NEW.user_id, chr(1), NEW.payload, chr(1), NEW.idempotency_key, chr(1), NEW.ordering_key);
  IF octet_length(parts) > 512 OR num_nulls(NEW.deliver_after, NEW.metadata) < 2 OR NEW.idempotency_key = '' OR NEW.ordering_key = '' OR parts COLLATE "C" !~
    '^[A-Za-z0-9][^\u0001-\u001f\u007f-\u009f]*\u0001[A-Za-z0-9][^\u0001-\u001f\u007f-\u009f]*\u0001[{](?!.*"value": [^-0-9])[^][{}\u0001]*[}](\u0001[^\u0001-\u001f\u007f-\u009f]*){2}$'
  THEN
    PERFORM reward_outbox.check_event(NEW.trigger_id, NEW.user_id, NEW.payload, NEW.idempotency_key, NEW.ordering_key, NEW.deliver_after, NEW.metadata);
  END IF;

  -- NOTIFY takes a lock on the whole database during COMMIT, through its fsync; with many writers it would cost the application most of its
  -- throughput. A relay that is awake (looking by itself) therefore holds an advisory lock, and a writer rings only if it could get that lock: taken
  -- shared and given back at once. It goes by itself if the relay dies. The row's transaction has its id by now (xid's default), which is what a
  -- relay that goes to sleep waits for. Several rows of one transaction ring once: PostgreSQL folds equal notifications. The channel carries no
  -- message: a relay that hears it looks at the table.
  IF pg_try_advisory_lock_shared(1380929362, 1) THEN
    PERFORM pg_advisory_unlock_shared(1380929362, 1);
    -- SET reward_outbox.notify = off switches ringing off (PREPARE TRANSACTION forbids NOTIFY); the poll then carries it.
    IF current_setting('reward_outbox.notify', true) IS DISTINCT FROM 'off' THEN
      PERFORM pg_notify('reward_outbox', '');
    END IF;
  END IF;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION reward_outbox.before_insert() IS 'Makes the id of an event, refuses what Reward could not take, and rings the relays unless one is awake anyway.';
CREATE OR REPLACE TRIGGER before_insert BEFORE INSERT ON reward_outbox.outbox FOR EACH ROW EXECUTE FUNCTION reward_outbox.before_insert();
