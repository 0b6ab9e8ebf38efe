-- Runs with the settings of its callers.
CREATE OR REPLACE FUNCTION reward_outbox.begin_settling(p_ordered boolean) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
    PERFORM reward_outbox.refuse_isolation();
  END IF;
  -- What a relay remembers as recorded must survive a crash of the server: otherwise a crash looks as if the
  -- database had gone back, and nothing is sent until somebody has looked.
  PERFORM reward_outbox.commit_durably();
  IF p_ordered THEN
    PERFORM reward_outbox.lock_head();
  END IF;
END
$$;
COMMENT ON FUNCTION reward_outbox.begin_settling(boolean) IS
  'Part of settle_accepted() and settle_failed(): the turn is needed where the next event of an ordering '
  'key may be let go.';
