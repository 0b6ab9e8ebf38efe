-- One small batch of what the policy lets go, oldest first. Nothing that is unfinished goes, whatever its
-- age. Decisions about events wait for the batch, claims do not. Returns how much was done, and whether there
-- is more to do at once.
CREATE OR REPLACE FUNCTION reward_outbox.retain(
  p_limit integer, OUT deleted integer, OUT stripped integer, OUT more boolean
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET jit = off AS $$
DECLARE
  policy   reward_outbox.retention;
  now_at   timestamptz := clock_timestamp();
  w        record;
  end_id   uuid;
  last_id  uuid;
  examined integer;
  over     uuid[];
  n        integer;
BEGIN
  IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
    PERFORM reward_outbox.refuse_isolation();
  END IF;
  deleted := 0;
  stripped := 0;
  more := false;
  LOCK TABLE reward_outbox.decision_turn IN SHARE UPDATE EXCLUSIVE MODE;
  SELECT * INTO policy FROM reward_outbox.retention r;

  FOR w IN
    SELECT v.walk, v.age, t.walked_to
    FROM (VALUES ('unkeyed', policy.delivered),
                 ('keyed', CASE WHEN policy.delivered IS NOT NULL
                                THEN greatest(policy.delivered, policy.idempotency_keys) END),
                 ('payload', policy.payload),
                 ('response_body', policy.response_body)) AS v(walk, age)
    LEFT JOIN reward_outbox.retention_walks t ON t.walk = v.walk
    WHERE v.age IS NOT NULL
  LOOP
    -- Where to look: created_at decides.
    end_id := reward_outbox.event_id_at(now_at - w.age);
    SELECT count(*), (array_agg(v.id ORDER BY v.id DESC))[1],
           array_agg(v.id) FILTER (WHERE v.is_finished AND CASE w.walk
             WHEN 'unkeyed' THEN v.status = 'delivered' AND v.idempotency_key IS NULL
             WHEN 'keyed' THEN v.status = 'delivered' AND v.idempotency_key IS NOT NULL
             ELSE true END)
    INTO examined, last_id, over
    FROM (
      SELECT e.id, e.status, e.idempotency_key,
             e.status IN ('delivered', 'dead', 'cancelled')
               AND NOT EXISTS (SELECT FROM reward_outbox.claims c
                               WHERE e.id = ANY (c.event_ids)) AS is_finished
      FROM reward_outbox.events e
      WHERE (w.walked_to IS NULL OR e.id > w.walked_to) AND e.id < end_id AND e.created_at < now_at - w.age
      ORDER BY e.id
      LIMIT p_limit
    ) v;
    CONTINUE WHEN last_id IS NULL;
    INSERT INTO reward_outbox.retention_left (event_id)
    SELECT e.id
    FROM reward_outbox.events e
    WHERE (w.walked_to IS NULL OR e.id > w.walked_to)
      AND e.id <= last_id
      AND e.status IN ('pending', 'sending', 'uncertain')
    ON CONFLICT DO NOTHING;
    IF w.walk IN ('unkeyed', 'keyed') THEN
      deleted := deleted + reward_outbox.delete_events(over);
    ELSE
      stripped := stripped + reward_outbox.strip_events(over, w.walk = 'payload', w.walk = 'response_body');
    END IF;
    INSERT INTO reward_outbox.retention_walks AS t (walk, walked_to)
    VALUES (w.walk, last_id)
    ON CONFLICT (walk) DO UPDATE SET walked_to = excluded.walked_to;
    more := more OR examined = p_limit;
  END LOOP;

  -- Those that ended otherwise have an index of their own.
  FOR w IN
    SELECT v.status::reward_outbox.event_status AS status, v.age
    FROM (VALUES ('dead', policy.dead), ('cancelled', policy.cancelled)) AS v(status, age)
    WHERE v.age IS NOT NULL
  LOOP
    SELECT array_agg(v.event_id) INTO over
    FROM (
      SELECT s.event_id
      FROM reward_outbox.event_states s
      -- By one look into the index, as in claim().
      CROSS JOIN LATERAL (
        SELECT e.id, e.created_at, e.idempotency_key, e.captured_key
        FROM reward_outbox.outbox e
        WHERE e.id = s.event_id
        OFFSET 0
      ) o
      -- Said again as constants, for the index of those that ended.
      WHERE s.status = w.status
        AND s.status IN ('dead', 'uncertain', 'cancelled')
        AND o.created_at < now_at - CASE WHEN coalesce(o.idempotency_key, o.captured_key) IS NULL THEN w.age
                                         ELSE greatest(w.age, policy.idempotency_keys) END
        AND NOT EXISTS (SELECT FROM reward_outbox.claims c WHERE o.id = ANY (c.event_ids))
      ORDER BY s.event_id
      LIMIT p_limit
    ) v;
    n := reward_outbox.delete_events(over);
    deleted := deleted + n;
    more := more OR n = p_limit;
  END LOOP;

  WITH due AS (
    SELECT l.event_id
    FROM reward_outbox.retention_left l
    WHERE l.checked_at < now_at - interval '1 hour'
    ORDER BY l.checked_at
    LIMIT p_limit
  ), checked AS (
    UPDATE reward_outbox.retention_left l
    SET checked_at = now_at
    FROM due
    WHERE l.event_id = due.event_id
    RETURNING l.event_id
  )
  SELECT array_agg(c.event_id) INTO over
  FROM checked c
  JOIN reward_outbox.events e ON e.id = c.event_id
  WHERE e.status IN ('delivered', 'dead', 'cancelled');
  IF over IS NOT NULL THEN
    stripped := stripped
      + reward_outbox.strip_events(
          (SELECT array_agg(o.id) FROM reward_outbox.outbox o
           WHERE o.id = ANY (over) AND o.created_at < now_at - policy.payload), true, false)
      + reward_outbox.strip_events(
          (SELECT array_agg(o.id) FROM reward_outbox.outbox o
           WHERE o.id = ANY (over) AND o.created_at < now_at - policy.response_body), false, true);
    deleted := deleted + reward_outbox.delete_events(
      (SELECT array_agg(e.id) FROM reward_outbox.events e
       WHERE e.id = ANY (over)
         AND e.status = 'delivered'
         AND e.created_at < now_at - CASE WHEN e.idempotency_key IS NULL THEN policy.delivered
                                          WHEN policy.delivered IS NOT NULL
                                          THEN greatest(policy.delivered, policy.idempotency_keys) END));
  END IF;

  IF policy.receipts IS NOT NULL THEN
    DELETE FROM reward_outbox.receipts r
    WHERE r.receipt_no IN (
      SELECT o.receipt_no
      FROM reward_outbox.receipts o
      WHERE o.received_at < now_at - policy.receipts
      ORDER BY o.received_at
      LIMIT p_limit);
    GET DIAGNOSTICS n = ROW_COUNT;
    deleted := deleted + n;
    more := more OR n = p_limit;
    DELETE FROM reward_outbox.receipt_quarantine q WHERE q.last_at < now_at - policy.receipts;
  END IF;
  IF NOT more THEN
    PERFORM reward_outbox.cut_chains(p_limit);
  END IF;
END
$$;
COMMENT ON FUNCTION reward_outbox.retain(integer) IS
  'One small batch of what the retention policy lets go. Unfinished events stay.';
