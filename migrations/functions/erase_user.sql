-- Removes a person from what is stored, a batch of their events per call; what is no event goes with the
-- last. The name is replaced by a pseudonym, the same everywhere, so that counts and receipts still go
-- together; the value stays. Returns what was changed. Fails where an event of the person is not finished: it
-- would be sent to the pseudonym.
CREATE OR REPLACE FUNCTION reward_outbox.erase_user(
  p_user_id text, p_limit integer, p_actor text DEFAULT NULL
)
RETURNS TABLE (events integer, attempts integer, receipts integer, others integer, more boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET jit = off AS $$
#variable_conflict use_column
DECLARE
  stands_for text := reward_outbox.pseudonym(p_user_id);
  ids        uuid[];
  secret     bytea;
BEGIN
  IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
    PERFORM reward_outbox.refuse_isolation();
  END IF;
  PERFORM reward_outbox.lock_decisions(NULL);
  IF EXISTS (
    SELECT
    FROM reward_outbox.events e
    WHERE e.user_id = p_user_id
      AND (e.status IN ('pending', 'sending', 'uncertain')
           OR EXISTS (SELECT FROM reward_outbox.claims c WHERE e.id = ANY (c.event_ids)))
  ) THEN
    RAISE EXCEPTION 'events of this user are not finished' USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  SELECT s.salt INTO secret FROM reward_outbox.erasure_salt s;
  SELECT array_agg(o.id) INTO ids
  FROM (
    SELECT u.id
    FROM reward_outbox.outbox u
    WHERE u.user_id = p_user_id
    ORDER BY u.id
    LIMIT p_limit
  ) o;

  attempts := reward_outbox.withdraw_texts(ids, true);
  UPDATE reward_outbox.event_states s
  SET reason = NULL,
      ordering_key = reward_outbox.without_user(s.ordering_key, p_user_id)
  WHERE s.event_id = ANY (ids);
  others := reward_outbox.withdraw_reasons(ARRAY(
    SELECT n.operation_no FROM reward_outbox.operations n WHERE n.event_id = ANY (ids)));
  UPDATE reward_outbox.outbox o
  SET content_digest = coalesce(o.content_digest, reward_outbox.content_digest(secret, o)),
      user_id = stands_for,
      payload = reward_outbox.value_alone(o.payload),
      metadata = NULL,
      ordering_key = reward_outbox.without_user(o.ordering_key, p_user_id),
      idempotency_key = reward_outbox.without_user(o.idempotency_key, p_user_id),
      captured_key = reward_outbox.without_user(o.captured_key, p_user_id)
  WHERE o.id = ANY (ids);
  GET DIAGNOSTICS events = ROW_COUNT;
  PERFORM reward_outbox.chain_withdrawal(ids);

  WITH batch AS (
    SELECT r.receipt_no
    FROM reward_outbox.receipts r
    WHERE r.user_id = p_user_id
    LIMIT p_limit
  )
  UPDATE reward_outbox.receipts r
  SET user_id = stands_for
  FROM batch
  WHERE r.receipt_no = batch.receipt_no;
  GET DIAGNOSTICS receipts = ROW_COUNT;
  more := events = p_limit OR receipts = p_limit;
  IF NOT more THEN
    others := others + reward_outbox.erase_traces(p_user_id, stands_for);
    PERFORM reward_outbox.record_operation(p_actor, 'erase', NULL, NULL, NULL,
      jsonb_build_object('pseudonym', stands_for));
  END IF;
  RETURN NEXT;
END
$$;
COMMENT ON FUNCTION reward_outbox.erase_user(text, integer, text) IS
  'Removes a person from what is stored: one batch. Values and counts stay, under a pseudonym.';
