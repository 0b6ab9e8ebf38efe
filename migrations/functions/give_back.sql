CREATE OR REPLACE FUNCTION reward_outbox.give_back(
  p_lease_id uuid, p_event_ids uuid[] DEFAULT NULL
) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off AS $$
DECLARE
  lease    reward_outbox.claims;
  open_ids uuid[];
  returned uuid[];
  moment   timestamptz;
BEGIN
  IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
    PERFORM reward_outbox.refuse_isolation();
  END IF;
  -- Waits for a claim of this lease that is still being made: its answer was lost, its commit may be to come.
  PERFORM reward_outbox.lock_head();
  SELECT * INTO lease
  FROM reward_outbox.claims c
  WHERE c.lease_id = p_lease_id
  FOR UPDATE;
  IF NOT FOUND THEN
    RETURN 0;
  END IF;
  -- What nothing is on record of yet.
  SELECT array_agg(l.event_id),
         array_agg(l.event_id) FILTER (WHERE p_event_ids IS NULL OR l.event_id = ANY (p_event_ids))
  INTO open_ids, returned
  FROM reward_outbox.leased_attempts(ARRAY[p_lease_id]) l
  WHERE (SELECT count(*) = 0
         FROM reward_outbox.attempt_log a
         WHERE a.event_id = l.event_id AND a.attempt = l.attempt);
  IF returned IS NULL THEN
    RETURN 0;
  END IF;

  moment := clock_timestamp();
  IF lease.from_head THEN
    INSERT INTO reward_outbox.event_states (event_id, seq, next_attempt_at, bytes, status, trigger_id,
                                            ordering_key)
    SELECT o.id, o.seq, moment, reward_outbox.event_bytes(o.payload::text, o.user_id, o.trigger_id),
           'pending', o.trigger_id, o.ordering_key
    FROM reward_outbox.outbox o
    WHERE o.id = ANY (returned)
    ON CONFLICT (event_id) DO NOTHING;
  ELSE
    UPDATE reward_outbox.event_states s
    SET status = 'pending', lease_id = NULL, attempts = s.attempts - 1, changed_at = moment,
        next_attempt_at = moment
    WHERE s.event_id = ANY (returned) AND s.lease_id = p_lease_id;
  END IF;

  IF open_ids <@ returned THEN
    DELETE FROM reward_outbox.claims c WHERE c.lease_id = p_lease_id;
  ELSE
    UPDATE reward_outbox.claims c
    SET (event_ids, attempts) = (
      SELECT array_agg(n.event_id), array_agg(coalesce(n.attempt, 1))
      FROM unnest(c.event_ids, c.attempts) AS n(event_id, attempt)
      WHERE n.event_id <> ALL (returned))
    WHERE c.lease_id = p_lease_id;
  END IF;
  RETURN cardinality(returned);
END
$$;
COMMENT ON FUNCTION reward_outbox.give_back(uuid, uuid[]) IS
  'Returns claimed events that were provably not sent, with the attempt count they had before. Null ids: '
  'all of the lease.';
