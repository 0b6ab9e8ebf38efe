-- The usual case of a look: a few new events, none of which has to wait. It is most of what a
-- relay does while it keeps up, and the time from a commit to its request is the time of this,
-- so it goes by one plan of few steps. Claims all that is new, or nothing: then (more than
-- asked for, an event that must wait, too many bytes, a look that is read in steps) claim()
-- does it step by step. Returns what it claimed; null: not the usual case.
CREATE OR REPLACE FUNCTION reward_outbox.claim_few(
  p_relay_no integer, p_lease_id uuid, p_lease_ms integer, p_limit integer, p_to_wait text[],
  p_read_through pg_snapshot, p_reading pg_snapshot, p_look pg_snapshot, p_late xid8[], p_epoch integer
)
RETURNS reward_outbox.claimed_event[]
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  usual  boolean;
  ids    uuid[];
  events reward_outbox.claimed_event[];
BEGIN
  IF p_reading IS NOT NULL THEN
    RETURN NULL;   -- in the middle of a backlog
  END IF;
  SELECT bool_and(s.event_id IS NULL
                  AND reward_outbox.goes_directly(f.ordering_key, f.deliver_after, t.paused_at,
                                                  t.rate_per_second, t.max_in_flight)
                  AND NOT f.trigger_id = ANY (p_to_wait)
                  AND CASE WHEN f.captured_key IS NULL THEN true
                           ELSE NOT reward_outbox.has_twin(f.id, f.captured_key) END)
           AND sum(reward_outbox.event_bytes(f.body, f.user_id, f.trigger_id)) <= reward_outbox.claim_bytes(),
         array_agg(f.id),
         array_agg(ROW(f.id, f.trigger_id, f.user_id, f.body, 1, 0, coalesce(t.mode = 'at_most_once', false),
                       t.max_attempts, false, true,
                       reward_outbox.age_ms(f.created_at, f.deliver_after))::reward_outbox.claimed_event)
  INTO usual, ids, events
  FROM (
    -- Transaction by transaction: given a list of them, PostgreSQL before
    -- 18 may read the whole outbox instead.
    (SELECT o.id, o.trigger_id, o.user_id, o.payload::text AS body, o.ordering_key, o.deliver_after,
            o.created_at, o.captured_key
     FROM unnest(p_late) AS l(xid)
     CROSS JOIN LATERAL (
       SELECT r.*
       FROM reward_outbox.outbox r
       WHERE r.epoch = p_epoch AND r.xid = l.xid
       OFFSET 0
     ) o
     LIMIT p_limit)
    UNION ALL
    (SELECT o.id, o.trigger_id, o.user_id, o.payload::text, o.ordering_key, o.deliver_after, o.created_at,
            o.captured_key
     FROM reward_outbox.outbox o
     WHERE o.epoch = p_epoch
       AND o.xid >= pg_snapshot_xmax(p_read_through)
       AND o.xid < pg_snapshot_xmax(p_look)
       AND pg_visible_in_snapshot(o.xid, p_look)
     ORDER BY o.xid, o.seq
     LIMIT p_limit)
  ) f
  -- By one look into the index each, as in claim().
  LEFT JOIN LATERAL (
    SELECT k.event_id
    FROM reward_outbox.event_states k
    WHERE k.event_id = f.id
    OFFSET 0
  ) s ON true
  LEFT JOIN LATERAL (
    SELECT p.mode, p.max_attempts, p.paused_at, p.rate_per_second, p.max_in_flight
    FROM reward_outbox.triggers p
    WHERE p.trigger_id = f.trigger_id
    OFFSET 0
  ) t ON true;
  IF ids IS NULL THEN
    RETURN '{}';   -- nothing is new
  ELSIF usual AND cardinality(ids) < p_limit THEN
    INSERT INTO reward_outbox.claims (lease_id, relay_no, expires_at, from_head, event_ids)
    VALUES (p_lease_id, p_relay_no, clock_timestamp() + p_lease_ms * interval '1 millisecond', true, ids);
    INSERT INTO reward_outbox.head (read_through, moved)
    VALUES (p_look, 0);
    RETURN events;
  END IF;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION reward_outbox.claim_few(integer, uuid, integer, integer, text[], pg_snapshot, pg_snapshot,
                                            pg_snapshot, xid8[], integer) IS
  'Part of claim(): everything that is new, if it is few and nothing of it has to wait. Runs with the '
  'planner settings of claim().';
