-- Claiming. One relay claims at a time (the turn is held for the length of the call); what it claims is
-- recorded and committed before it learns what to send. That one lock replaces ownership of slots, take-over
-- and row locks: there is nothing to hand over when a relay dies, and any relay may claim any event.

CREATE OR REPLACE FUNCTION reward_outbox.lock_head() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET lock_timeout = '10s' AS $$
BEGIN
  IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
    PERFORM reward_outbox.refuse_isolation();
  END IF;
  LOCK TABLE reward_outbox.claim_turn IN SHARE UPDATE EXCLUSIVE MODE;
END
$$;
COMMENT ON FUNCTION reward_outbox.lock_head() IS
  'Until the end of the transaction nobody else reads the outbox, claims, or changes which event of an '
  'ordering key comes next.';
