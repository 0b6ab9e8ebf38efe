-- Whoever takes turns must look at what the one before has left. Under REPEATABLE READ and
-- SERIALIZABLE a statement sees what was there before it waited, so that two relays would claim the
-- same events; and under SERIALIZABLE it would make transactions of the application fail.
CREATE OR REPLACE FUNCTION reward_outbox.refuse_isolation() RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'reward_outbox does this in READ COMMITTED only, and this transaction is %',
    upper(current_setting('transaction_isolation') COLLATE "C")
    USING ERRCODE = '25008',
          HINT = 'Begin with: BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;';
END
$$;
COMMENT ON FUNCTION reward_outbox.refuse_isolation() IS
  'The error of functions that would be wrong in this transaction.';
