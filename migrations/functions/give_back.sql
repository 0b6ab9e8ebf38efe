CREATE OR REPLACE FUNCTION reward_outbox.give_back(p_lease_id uuid, p_event_ids uuid[] DEFAULT NULL, p_delay_ms double precision DEFAULT 0) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
DECLARE
  lease    reward_outbox.claims;
  returned uuid[];
BEGIN
  IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
    PERFORM reward_outbox.refuse_isolation();
  END IF;
  -- Waits for a claim of this lease that is still being made: its answer was lost, its commit may be to come.
  PERFORM reward_outbox.lock_head();
  SELECT * INTO lease FROM reward_outbox.claims c WHERE c.lease_id = p_lease_id FOR UPDATE;
  IF NOT FOUND THEN
    RETURN 0;
  END IF;
  SELECT array_agg(e) INTO returned FROM unnest(lease.event_ids) e
  WHERE (p_event_ids IS NULL OR e = ANY (p_event_ids))
    AND NOT EXISTS (SELECT FROM unnest(lease.event_ids, lease.attempts) AS n(event_id, attempt)
                    JOIN reward_outbox.attempt_log a ON a.event_id = n.event_id AND a.attempt = coalesce(n.attempt, 1) WHERE n.event_id = e);
  IF returned IS NULL THEN
    RETURN 0;
  END IF;

  IF lease.from_head THEN
    INSERT INTO reward_outbox.event_states (event_id, seq, next_attempt_at, bytes, status, trigger_id, ordering_key)
    SELECT o.id, o.seq, clock_timestamp() + p_delay_ms * interval '1 millisecond', octet_length(o.payload::text) + octet_length(o.user_id) + octet_length(o.trigger_id) + 64,
           'pending', o.trigger_id, o.ordering_key
    FROM reward_outbox.outbox o WHERE o.id = ANY (returned)
    ON CONFLICT (event_id) DO NOTHING;
  ELSE
    UPDATE reward_outbox.event_states s SET status = 'pending', lease_id = NULL, attempts = s.attempts - 1, changed_at = clock_timestamp(),
      next_attempt_at = clock_timestamp() + p_delay_ms * interval '1 millisecond'
    WHERE s.event_id = ANY (returned) AND s.lease_id = p_lease_id;
  END IF;

  IF NOT EXISTS (SELECT FROM unnest(lease.event_ids, lease.attempts) AS n(event_id, attempt)
                 WHERE n.event_id <> ALL (returned)
                   AND NOT EXISTS (SELECT FROM reward_outbox.attempt_log a WHERE a.event_id = n.event_id AND a.attempt = coalesce(n.attempt, 1))) THEN
    DELETE FROM reward_outbox.claims c WHERE c.lease_id = p_lease_id;
  ELSE
    UPDATE reward_outbox.claims c
    SET (event_ids, attempts) = (SELECT array_agg(n.event_id), array_agg(coalesce(n.attempt, 1))
                                 FROM unnest(c.event_ids, c.attempts) AS n(event_id, attempt) WHERE n.event_id <> ALL (returned))
    WHERE c.lease_id = p_lease_id;
  END IF;
  RETURN cardinality(returned);
END
$$;
COMMENT ON FUNCTION reward_outbox.give_back(uuid, uuid[], double precision) IS 'Returns claimed events that were provably not sent, with the attempt count they had before. Null ids: all of the lease.';
