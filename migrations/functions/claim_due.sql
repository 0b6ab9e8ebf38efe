-- Claims what waited: retries, delayed, limited, ordered. Only triggers that have something due are looked
-- at, in the order in which their turn has come (waiting_triggers), an equal share each, oldest due first; of
-- a trigger in p_probing one. However many triggers there are, one call looks at a bounded number.
-- next_due_ms: until there is something to look at; null: nothing waits for a time.
-- Runs with the settings of claim().
CREATE OR REPLACE FUNCTION reward_outbox.claim_due(
  p_relay_no integer, p_lease_id uuid, p_lease_ms integer, p_limit integer, p_held_back text[],
  p_probing text[], p_careful boolean,
  OUT events reward_outbox.claimed_event[], OUT next_due_ms double precision
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  most_triggers CONSTANT integer := 64;
  asked_at      CONSTANT timestamptz := clock_timestamp();
  due_now       text[];
  room          integer := p_limit;
  used          integer := 0;
  due           record;
  quota         record;
  of_trigger    reward_outbox.claimed_event[];
  oldest_at     timestamptz;
  allowed_at    timestamptz;
  next_at       timestamptz;
BEGIN
  events := '{}';
  -- Who is just recording failures of a trigger keeps its row until that
  -- is committed: the trigger is looked at next time.
  SELECT coalesce(array_agg(d.trigger_id), '{}') INTO due_now
  FROM (
    SELECT w.trigger_id
    FROM reward_outbox.waiting_triggers w
    WHERE w.look_at <= asked_at
      AND w.trigger_id NOT IN (SELECT unnest(p_held_back))
    ORDER BY w.look_at
    LIMIT most_triggers
    FOR UPDATE SKIP LOCKED
  ) d;

  FOR due IN
    SELECT d.trigger_id, cardinality(due_now) - d.n + 1 AS left_over
    FROM unnest(due_now) WITH ORDINALITY AS d(trigger_id, n)
  LOOP
    EXIT WHEN room <= 0 OR used >= reward_outbox.claim_bytes();
    of_trigger := '{}';
    SELECT * INTO quota
    FROM reward_outbox.trigger_quota(
      due.trigger_id,
      CASE WHEN due.trigger_id = ANY (p_probing) THEN 1 ELSE ceil(room::numeric / due.left_over)::integer
           END);
    IF quota.quota > 0 THEN
      IF p_careful THEN
        PERFORM reward_outbox.set_aside(c.event_id)
        FROM (
          SELECT s.event_id
          FROM reward_outbox.event_states s
          WHERE s.trigger_id = due.trigger_id
            AND s.status = 'pending'
            AND NOT s.blocked
            AND s.next_attempt_at <= clock_timestamp()
          ORDER BY s.next_attempt_at
          LIMIT quota.quota
        ) c;
      END IF;
      WITH oldest AS MATERIALIZED (
        SELECT s.event_id, s.bytes, s.next_attempt_at
        FROM reward_outbox.event_states s
        WHERE s.trigger_id = due.trigger_id
          AND s.status = 'pending'
          AND NOT s.blocked
          AND s.next_attempt_at <= clock_timestamp()
        ORDER BY s.next_attempt_at
        LIMIT quota.quota
        FOR UPDATE SKIP LOCKED
      ), fitting AS (
        SELECT o.event_id, row_number() OVER w AS n, sum(o.bytes) OVER w AS size
        FROM oldest o
        WINDOW w AS (ORDER BY o.next_attempt_at, o.event_id)
      ), claimed AS (
        UPDATE reward_outbox.event_states s
        SET status = 'sending', lease_id = p_lease_id, attempts = s.attempts + 1,
            changed_at = clock_timestamp()
        FROM fitting f
        WHERE s.event_id = f.event_id
          AND ((f.n = 1 AND used = 0) OR used + f.size <= reward_outbox.claim_bytes())
        RETURNING s.event_id, s.attempts, s.excused, s.ordering_key IS NOT NULL AS ordered
      )
      SELECT coalesce(array_agg(
               ROW(c.event_id, o.trigger_id, o.user_id, o.payload::text, c.attempts, c.excused,
                   coalesce(t.mode = 'at_most_once', false), t.max_attempts, c.ordered, false,
                   reward_outbox.age_ms(o.created_at, o.deliver_after))::reward_outbox.claimed_event), '{}')
      INTO of_trigger
      FROM claimed c
      -- By one look into the index, as in claim(). All are of one trigger.
      CROSS JOIN LATERAL (
        SELECT e.trigger_id, e.user_id, e.payload, e.created_at, e.deliver_after
        FROM reward_outbox.outbox e
        WHERE e.id = c.event_id
        OFFSET 0
      ) o
      LEFT JOIN reward_outbox.triggers t ON t.trigger_id = due.trigger_id;
      IF cardinality(of_trigger) > 0 THEN
        events := events || of_trigger;
        room := room - cardinality(of_trigger);
        SELECT coalesce(sum(s.bytes), 0) INTO used
        FROM reward_outbox.event_states s
        WHERE s.status = 'sending' AND s.lease_id = p_lease_id;
      END IF;
    END IF;

    allowed_at := reward_outbox.quota_used(due.trigger_id, cardinality(of_trigger), quota.at_limit,
                                           p_lease_ms);
    -- When the trigger's turn comes again: when its oldest waiting event is due, and its policy
    -- allows it. What is due already waits behind the triggers that have not had their turn.
    SELECT s.next_attempt_at INTO oldest_at
    FROM reward_outbox.event_states s
    WHERE s.trigger_id = due.trigger_id AND s.status = 'pending' AND NOT s.blocked
    ORDER BY s.next_attempt_at
    LIMIT 1;
    IF oldest_at IS NULL THEN
      DELETE FROM reward_outbox.waiting_triggers w WHERE w.trigger_id = due.trigger_id;
    ELSE
      UPDATE reward_outbox.waiting_triggers w
      SET look_at = greatest(oldest_at, allowed_at, clock_timestamp()),
          at_limit = quota.at_limit
      WHERE w.trigger_id = due.trigger_id;
    END IF;
  END LOOP;

  INSERT INTO reward_outbox.claims (lease_id, relay_no, expires_at, from_head, event_ids, attempts)
  SELECT p_lease_id, p_relay_no, clock_timestamp() + p_lease_ms * interval '1 millisecond', false,
         array_agg(s.event_id), array_agg(s.attempts)
  FROM reward_outbox.event_states s
  WHERE s.status = 'sending' AND s.lease_id = p_lease_id
  HAVING count(*) > 0;

  SELECT w.look_at INTO next_at
  FROM reward_outbox.waiting_triggers w
  WHERE NOT w.at_limit
    AND w.trigger_id NOT IN (SELECT unnest(p_held_back))
  ORDER BY w.look_at
  LIMIT 1;
  IF isfinite(next_at) THEN
    next_due_ms := greatest(date_part('epoch', next_at - clock_timestamp()) * 1000, 0);
  END IF;
END
$$;
COMMENT ON FUNCTION reward_outbox.claim_due(integer, uuid, integer, integer, text[], text[], boolean) IS
  'Part of claim(): events that waited and are due now.';
