-- Claims what waited: retries, delayed, limited, ordered. Trigger by trigger, an equal share each, oldest due first; of a trigger in p_probing one.
CREATE OR REPLACE FUNCTION reward_outbox.claim_due(p_relay_no integer, p_lease_id uuid, p_lease_ms integer, p_limit integer, p_held_back text[], p_probing text[])
RETURNS TABLE (event_id uuid, trigger_id text, user_id text, payload text, attempt integer, excused integer, at_most_once boolean,
               max_attempts integer, ordered boolean, from_head boolean, age_ms double precision, more boolean, next_due_ms double precision)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off
  SET enable_mergejoin = off SET enable_sort = off SET jit = off AS $$
#variable_conflict use_column
DECLARE
  max_bytes CONSTANT integer := 65536;
  waiting   text[];
  room      integer := p_limit;
  -- Not called bytes: that is a column, and columns win here.
  used      integer := 0;
  due       record;
  quota     record;
  taken     integer;
  next_at   timestamptz;
BEGIN
  -- The distinct triggers, by jumping from one to the next in the index.
  WITH RECURSIVE hop AS (
    (SELECT s.trigger_id FROM reward_outbox.event_states s WHERE s.status = 'pending' AND NOT s.blocked ORDER BY s.trigger_id LIMIT 1)
    UNION ALL
    SELECT (SELECT s.trigger_id FROM reward_outbox.event_states s
            WHERE s.status = 'pending' AND NOT s.blocked AND s.trigger_id > hop.trigger_id ORDER BY s.trigger_id LIMIT 1)
    FROM hop WHERE hop.trigger_id IS NOT NULL
  )
  SELECT coalesce(array_agg(hop.trigger_id ORDER BY random()), '{}') INTO waiting FROM hop
  WHERE hop.trigger_id IS NOT NULL AND NOT hop.trigger_id = ANY (p_held_back);

  FOR due IN SELECT w.trigger_id, cardinality(waiting) - w.n + 1 AS left_over FROM unnest(waiting) WITH ORDINALITY AS w(trigger_id, n) LOOP
    taken := 0;
    SELECT * INTO quota FROM reward_outbox.trigger_quota(due.trigger_id, CASE WHEN due.trigger_id = ANY (p_probing) THEN least(room, 1) ELSE ceil(room::numeric / due.left_over)::integer END);
    IF quota.quota > 0 AND used < max_bytes THEN
      RETURN QUERY
      WITH oldest AS MATERIALIZED (
        SELECT s.event_id, s.bytes, s.next_attempt_at FROM reward_outbox.event_states s
        WHERE s.trigger_id = due.trigger_id AND s.status = 'pending' AND NOT s.blocked AND s.next_attempt_at <= clock_timestamp()
        ORDER BY s.next_attempt_at LIMIT quota.quota FOR UPDATE SKIP LOCKED
      ), fitting AS (
        SELECT o.event_id, row_number() OVER w AS n, sum(o.bytes) OVER w AS size FROM oldest o WINDOW w AS (ORDER BY o.next_attempt_at, o.event_id)
      ), claimed AS (
        UPDATE reward_outbox.event_states s SET status = 'sending', lease_id = p_lease_id, attempts = s.attempts + 1, changed_at = clock_timestamp()
        FROM fitting f WHERE s.event_id = f.event_id AND ((f.n = 1 AND used = 0) OR used + f.size <= max_bytes)
        RETURNING s.event_id, s.attempts, s.excused, s.ordering_key IS NOT NULL AS ordered, s.bytes
      )
      SELECT c.event_id, o.trigger_id, o.user_id, o.payload::text, c.attempts, c.excused, coalesce(t.mode = 'at_most_once', false), t.max_attempts,
             c.ordered, false, date_part('epoch', clock_timestamp() - greatest(o.created_at, o.deliver_after)) * 1000, NULL::boolean, NULL::double precision
      FROM claimed c JOIN reward_outbox.outbox o ON o.id = c.event_id LEFT JOIN reward_outbox.triggers t ON t.trigger_id = o.trigger_id;
      GET DIAGNOSTICS taken = ROW_COUNT;
      IF taken > 0 THEN
        room := room - taken;
        SELECT coalesce(sum(s.bytes), 0) INTO used FROM reward_outbox.event_states s WHERE s.status = 'sending' AND s.lease_id = p_lease_id;
        UPDATE reward_outbox.triggers t
        SET tokens = t.tokens - taken,
            probe_at = CASE WHEN t.probe_at IS NOT NULL THEN clock_timestamp() + p_lease_ms * interval '1 millisecond' END
        WHERE t.trigger_id = due.trigger_id AND (t.rate_per_second IS NOT NULL OR t.probe_at IS NOT NULL);
      END IF;
    END IF;
    -- When to look again: at the trigger's own time, or when its next event is due. A trigger at its limit in flight, or paused by a
    -- person, has no such time: a settled event or a person wakes it.
    IF quota.quota > 0 OR quota.next_at IS NOT NULL OR room <= 0 THEN
      SELECT least(next_at, greatest(quota.next_at, s.next_attempt_at)) INTO next_at FROM reward_outbox.event_states s
      WHERE s.trigger_id = due.trigger_id AND s.status = 'pending' AND NOT s.blocked ORDER BY s.next_attempt_at LIMIT 1;
    END IF;
  END LOOP;

  INSERT INTO reward_outbox.claims (lease_id, relay_no, expires_at, from_head, event_ids, attempts)
  SELECT p_lease_id, p_relay_no, clock_timestamp() + p_lease_ms * interval '1 millisecond', false, array_agg(s.event_id), array_agg(s.attempts)
  FROM reward_outbox.event_states s WHERE s.status = 'sending' AND s.lease_id = p_lease_id HAVING count(*) > 0;

  -- The last row is about the call itself: milliseconds until the next event is due; null: nothing waits.
  RETURN QUERY SELECT NULL::uuid, NULL::text, NULL::text, NULL::text, NULL::integer, NULL::integer, NULL::boolean, NULL::integer, NULL::boolean, false,
    NULL::double precision, NULL::boolean,
    CASE WHEN next_at IS NOT NULL THEN greatest(date_part('epoch', next_at - clock_timestamp()) * 1000, 0) END;
END
$$;
COMMENT ON FUNCTION reward_outbox.claim_due(integer, uuid, integer, integer, text[], text[]) IS 'Part of claim(): events that waited and are due now.';
