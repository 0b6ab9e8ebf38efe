-- One claim: first attempts straight from the outbox, in reading order, moving what
-- must wait into event_states; then what is due there. Two leases, because what
-- comes from the head has no row in event_states and what was due has one.
--
-- What is new since the last complete look is exactly what its snapshot could not see: transactions
-- from its xmax on, and those it lists as running. One look may be too much for one claim;
-- "reading" is then the snapshot of the look and (last_xid, last_seq) how far it has been worked
-- through. Ids and times do not commit in order; this does not depend on either.
--
-- p_careful: an earlier try failed because of what a row holds. Each event is then looked at by itself first,
-- and one that cannot be sent is set aside with the reason, so that no row keeps the others waiting.
--
-- Beside the events: how many more were read that have to wait (moved), whether there is more to read right
-- now (more), whether due events were looked at, and in how many milliseconds the next is due (null: none
-- waits for a time).
CREATE OR REPLACE FUNCTION reward_outbox.claim(
  p_relay_no integer, p_head_lease uuid, p_due_lease uuid, p_lease_ms integer, p_limit integer,
  p_look_for_due boolean, p_held_back text[], p_probing text[], p_careful boolean DEFAULT false,
  OUT events reward_outbox.claimed_event[], OUT moved integer, OUT more boolean, OUT looked_for_due boolean,
  OUT next_due_ms double precision
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET enable_sort = off
SET jit = off
SET lock_timeout = '10s' AS $$
DECLARE
  h          record;
  look       pg_snapshot;
  late       xid8[];
  from_xid   xid8;
  from_seq   bigint;
  -- With events due, half of the room is theirs; either side takes what the other leaves at the next claim.
  head_n     integer := CASE WHEN p_look_for_due THEN (p_limit + 1) / 2 ELSE p_limit END;
  -- Of captured events whose key was read before.
  ended_keys text[];
  due        record;
BEGIN
  moved := 0;
  more := false;
  IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
    PERFORM reward_outbox.refuse_isolation();
  END IF;
  -- Intent must be durable before the first byte, whatever the database's default is; it
  -- makes the event itself durable too, where the application commits asynchronously.
  PERFORM reward_outbox.commit_durably();
  -- lock_head(), without the price of another function
  LOCK TABLE reward_outbox.claim_turn IN SHARE UPDATE EXCLUSIVE MODE;
  SELECT * INTO h FROM reward_outbox.head_now;
  IF NOT h.holds THEN
    RAISE EXCEPTION 'the outbox was read further than this server has come: its transaction ids went back'
      USING ERRCODE = 'RWDB1', HINT = 'If this database is the right one: reward-outbox adopt.';
  END IF;
  look := coalesce(h.reading, pg_current_snapshot());
  IF pg_snapshot_xmin(h.read_through) < pg_snapshot_xmax(h.read_through) THEN
    SELECT array_agg(x ORDER BY x) INTO late FROM pg_snapshot_xip(h.read_through) x
    WHERE pg_visible_in_snapshot(x, look) AND (h.last_xid IS NULL OR x >= h.last_xid);
  END IF;
  from_xid := greatest(pg_snapshot_xmax(h.read_through), coalesce(h.last_xid, '0'));
  from_seq := CASE WHEN h.last_xid >= pg_snapshot_xmax(h.read_through) THEN h.last_seq ELSE -1 END;
  IF p_careful THEN
    PERFORM reward_outbox.set_aside(f.id)
    FROM (
      (SELECT o.id, o.xid, o.seq
       FROM unnest(late) AS l(xid)
       CROSS JOIN LATERAL (
         SELECT r.id, r.xid, r.seq
         FROM reward_outbox.outbox r
         WHERE r.epoch = h.epoch
           AND r.xid = l.xid
           AND r.seq > CASE WHEN r.xid = h.last_xid THEN h.last_seq ELSE -1 END
         ORDER BY r.seq
         LIMIT head_n
       ) o
       ORDER BY o.xid, o.seq
       LIMIT head_n)
      UNION ALL
      (SELECT o.id, o.xid, o.seq
       FROM reward_outbox.outbox o
       WHERE o.epoch = h.epoch
         AND (o.xid, o.seq) > (from_xid, from_seq)
         AND o.xid < pg_snapshot_xmax(look)
         AND pg_visible_in_snapshot(o.xid, look)
       ORDER BY o.xid, o.seq
       LIMIT head_n)
    ) f;
  ELSE
    events := reward_outbox.claim_few(p_relay_no, p_head_lease, p_lease_ms, head_n, p_held_back || p_probing,
                                      h.read_through, h.reading, look, late, h.epoch);
  END IF;

  IF events IS NULL THEN
    WITH found AS MATERIALIZED (
      SELECT f.*,
             row_number() OVER w AS n,
             sum(reward_outbox.event_bytes(f.body, f.user_id, f.trigger_id)) OVER w AS bytes
      FROM (
        (SELECT o.id, o.xid, o.seq, o.trigger_id, o.user_id, o.body, o.ordering_key, o.deliver_after,
                o.created_at, o.captured_key
         FROM unnest(late) AS l(xid)
         CROSS JOIN LATERAL (
           SELECT r.*,
                  -- What was set aside may be impossible to read at all.
                  CASE WHEN p_careful AND EXISTS (SELECT FROM reward_outbox.event_states k
                                                  WHERE k.event_id = r.id)
                       THEN '' ELSE r.payload::text END AS body
           FROM reward_outbox.outbox r
           WHERE r.epoch = h.epoch
             AND r.xid = l.xid
             AND r.seq > CASE WHEN r.xid = h.last_xid THEN h.last_seq ELSE -1 END
           ORDER BY r.seq
           LIMIT head_n
         ) o
         ORDER BY o.xid, o.seq
         LIMIT head_n)
        UNION ALL
        (SELECT o.id, o.xid, o.seq, o.trigger_id, o.user_id,
                CASE WHEN p_careful AND EXISTS (SELECT FROM reward_outbox.event_states k
                                                WHERE k.event_id = o.id)
                     THEN '' ELSE o.payload::text END,
                o.ordering_key, o.deliver_after, o.created_at, o.captured_key
         FROM reward_outbox.outbox o
         WHERE o.epoch = h.epoch
           AND (o.xid, o.seq) > (from_xid, from_seq)
           AND o.xid < pg_snapshot_xmax(look)
           AND pg_visible_in_snapshot(o.xid, look)
         ORDER BY o.xid, o.seq
         LIMIT head_n)
        ORDER BY xid, seq
        LIMIT head_n
      ) f
      WINDOW w AS (ORDER BY f.xid, f.seq)
    ), taken AS MATERIALIZED (
      SELECT f.*,
             s.event_id IS NOT NULL AS known,
             s.event_id IS NULL
               AND f.twin IS NULL
               AND reward_outbox.goes_directly(f.ordering_key, f.deliver_after, t.paused_at,
                                               t.rate_per_second, t.max_in_flight)
               AND NOT f.trigger_id = ANY (p_held_back)
               AND NOT f.trigger_id = ANY (p_probing) AS direct,
             t.mode = 'at_most_once' AS at_most_once,
             t.max_attempts
      FROM (
        SELECT g.*,
               CASE WHEN g.captured_key IS NOT NULL
                    THEN reward_outbox.twin_read_before(g.id, g.xid, g.seq, h.epoch, h.read_through, look)
                      END AS twin
        FROM found g
        OFFSET 0
      ) f
      -- By one look into the index each. Planned while there are none, a plain join reads all there are.
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
      ) t ON true
      WHERE f.n = 1 OR f.bytes <= reward_outbox.claim_bytes()
    ), last AS MATERIALIZED (
      SELECT k.xid, k.seq
      FROM taken k
      ORDER BY k.n DESC
      LIMIT 1
    ), moved AS (
      INSERT INTO reward_outbox.event_states
        (event_id, seq, next_attempt_at, bytes, status, blocked, trigger_id, ordering_key, reason,
         duplicate_of)
      SELECT k.id, k.seq, greatest(k.deliver_after, k.created_at),
             reward_outbox.event_bytes(k.body, k.user_id, k.trigger_id),
             CASE WHEN k.twin IS NULL THEN 'pending'
                  WHEN (k.twin).duplicate_of IS NOT NULL THEN 'cancelled'
                  ELSE 'dead'
             END::reward_outbox.event_status,
             k.ordering_key IS NOT NULL AND k.twin IS NULL AND (
               row_number() OVER (PARTITION BY k.ordering_key, k.twin IS NULL ORDER BY k.seq) > 1
               OR EXISTS (SELECT FROM reward_outbox.event_states e
                          WHERE e.ordering_key = k.ordering_key
                            AND e.status IN ('pending', 'sending', 'uncertain')
                            AND (NOT e.blocked OR e.seq < k.seq))
               OR (SELECT reward_outbox.unread_before(k.ordering_key, k.seq, h.read_through, look, l.xid,
                                                      l.seq)
                   FROM last l)),
             k.trigger_id, k.ordering_key, (k.twin).reason, (k.twin).duplicate_of
      FROM taken k
      WHERE NOT k.direct AND NOT k.known
      RETURNING 1
    ), totals AS MATERIALIZED (
      SELECT (SELECT count(*) FROM found) AS found_n,
             count(*) AS taken_n,
             (SELECT count(*) FROM moved) AS moved_n,
             array_agg(k.id) FILTER (WHERE k.direct) AS ids,
             array_agg(ROW(k.id, k.trigger_id, k.user_id, k.body, 1, 0, coalesce(k.at_most_once, false),
                           k.max_attempts, false, true,
                           reward_outbox.age_ms(k.created_at, k.deliver_after))::reward_outbox.claimed_event
                      ) FILTER (WHERE k.direct) AS direct
      FROM taken k
    ), leased AS (
      INSERT INTO reward_outbox.claims (lease_id, relay_no, expires_at, from_head, event_ids)
      SELECT p_head_lease, p_relay_no, clock_timestamp() + p_lease_ms * interval '1 millisecond', true, c.ids
      FROM totals c
      WHERE c.ids IS NOT NULL
    ), stepped AS (
      -- A look is finished when it found less than was asked for and all of it was taken.
      INSERT INTO reward_outbox.head (read_through, reading, last_xid, last_seq, moved)
      SELECT CASE WHEN c.unfinished THEN h.read_through ELSE look END,
             CASE WHEN c.unfinished THEN look END,
             CASE WHEN c.unfinished THEN l.xid END,
             CASE WHEN c.unfinished THEN l.seq END,
             c.moved_n
      FROM (SELECT t.taken_n, t.moved_n, t.found_n >= head_n OR t.taken_n < t.found_n AS unfinished
            FROM totals t) c
      LEFT JOIN last l ON true
      WHERE c.taken_n > 0 OR h.reading IS NOT NULL
    )
    -- What was committed since a look in steps began is not part of that look,
    -- and whoever notified for it has been heard already.
    SELECT coalesce(c.direct, '{}'), c.moved_n,
           c.found_n >= head_n OR c.taken_n < c.found_n OR h.reading IS NOT NULL,
           (SELECT array_agg(k.ordering_key)
            FROM taken k
            WHERE k.ordering_key IS NOT NULL AND NOT k.twin IS NULL)
    INTO events, moved, more, ended_keys
    FROM totals c;
    -- Somebody may have waited for it to be read, and it will never be sent.
    IF ended_keys IS NOT NULL THEN
      PERFORM reward_outbox.release_next(ended_keys);
    END IF;
  END IF;

  -- What was moved may be due at once.
  looked_for_due := cardinality(events) < p_limit AND (p_look_for_due OR moved > 0);
  IF looked_for_due THEN
    SELECT * INTO due
    FROM reward_outbox.claim_due(p_relay_no, p_due_lease, p_lease_ms, p_limit - cardinality(events),
                                 p_held_back, p_probing, p_careful);
    events := events || due.events;
    next_due_ms := due.next_due_ms;
  END IF;
END
$$;
COMMENT ON FUNCTION reward_outbox.claim(integer, uuid, uuid, integer, integer, boolean, text[], text[],
                                        boolean) IS
  'Leases up to p_limit events to a relay, commits that as its intent, and returns what to send.';
