-- Claiming. One relay claims at a time (an advisory lock held for the length of the call); what it claims is recorded and committed
-- before it learns what to send. That one lock replaces ownership of slots, take-over and row locks: there is nothing to hand
-- over when a relay dies, and any relay may claim any event.

CREATE FUNCTION reward_outbox.lock_head() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(1380929362, 2);
END
$$;
COMMENT ON FUNCTION reward_outbox.lock_head() IS 'Until the end of the transaction nobody else reads the outbox, claims, or changes which event of an ordering key comes next.';

-- For the order of events: the unread ones of a key.
CREATE INDEX outbox_unread_order ON reward_outbox.outbox (ordering_key, xid, seq) WHERE ordering_key IS NOT NULL;

-- Reading goes by transaction, and one that began early may have inserted late. So before an event of a key may go, nothing of that key
-- may be left unread that was inserted before it. The last four arguments say how far the outbox has been read, as in head.
CREATE FUNCTION reward_outbox.unread_before(p_ordering_key text, p_seq bigint, p_read_through pg_snapshot, p_reading pg_snapshot, p_last_xid xid8, p_last_seq bigint)
RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off
  SET enable_mergejoin = off SET jit = off AS $$
BEGIN
  RETURN EXISTS (
    SELECT FROM (
      SELECT o.id, o.xid, o.seq, o.epoch FROM reward_outbox.outbox o
      WHERE o.ordering_key = p_ordering_key AND o.xid >= greatest(pg_snapshot_xmax(p_read_through), coalesce(p_last_xid, '0')) AND o.seq < p_seq
      UNION ALL
      SELECT o.id, o.xid, o.seq, o.epoch
      FROM (SELECT pg_snapshot_xip(p_read_through) AS xid UNION ALL SELECT pg_snapshot_xip(p_reading)) running
      JOIN reward_outbox.outbox o ON o.ordering_key = p_ordering_key AND o.xid = running.xid AND o.seq < p_seq
    ) u
    WHERE NOT pg_visible_in_snapshot(u.xid, p_read_through)
      AND (p_reading IS NULL OR NOT pg_visible_in_snapshot(u.xid, p_reading) OR (u.xid, u.seq) > (p_last_xid, p_last_seq))
      AND u.epoch = (SELECT i.epoch FROM reward_outbox.installation i)
      AND NOT EXISTS (SELECT FROM reward_outbox.event_states s WHERE s.event_id = u.id));
END
$$;
COMMENT ON FUNCTION reward_outbox.unread_before(text, bigint, pg_snapshot, pg_snapshot, xid8, bigint) IS
  'Part of claim() and release_next(): whether an event of the key that was inserted earlier is still to be read.';

-- How many events of one trigger may be claimed now: its pause, its rate and its limit in flight, over all relays.
CREATE FUNCTION reward_outbox.trigger_quota(p_trigger_id text, p_limit integer, OUT quota integer, OUT next_at timestamptz)
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
DECLARE
  policy   reward_outbox.triggers;
  sending  integer;
  bucket   double precision;
BEGIN
  quota := p_limit;
  SELECT * INTO policy FROM reward_outbox.triggers t WHERE t.trigger_id = p_trigger_id;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  IF policy.paused_at IS NOT NULL OR policy.max_in_flight IS NOT NULL THEN
    SELECT count(*) INTO sending FROM reward_outbox.event_states s WHERE s.trigger_id = p_trigger_id AND s.status = 'sending';
  END IF;
  IF policy.paused_at IS NOT NULL THEN
    next_at := CASE WHEN policy.probe_at > clock_timestamp() THEN policy.probe_at END;
    quota := CASE WHEN policy.probe_at <= clock_timestamp() AND sending = 0 THEN least(p_limit, 1) ELSE 0 END;
    RETURN;
  END IF;
  IF policy.max_in_flight <= sending THEN
    -- Whatever the rate would allow: an answer makes room, not the time.
    quota := 0;
    RETURN;
  END IF;
  quota := least(quota, policy.max_in_flight - sending);
  IF policy.rate_per_second IS NOT NULL THEN
    bucket := least(greatest(policy.rate_per_second, 1), coalesce(policy.tokens, 1)
      + policy.rate_per_second * coalesce(date_part('epoch', clock_timestamp() - policy.refilled_at), 0));
    UPDATE reward_outbox.triggers t SET tokens = bucket, refilled_at = clock_timestamp() WHERE t.trigger_id = p_trigger_id;
    quota := least(quota, floor(bucket)::integer);
    next_at := clock_timestamp() + greatest(1 - bucket, 0) / policy.rate_per_second * interval '1 second';
  END IF;
END
$$;
COMMENT ON FUNCTION reward_outbox.trigger_quota(text, integer) IS 'Part of claim(): what a trigger''s policy allows now, and when it will allow more.';

-- Claims what waited: retries, delayed, limited, ordered. Trigger by trigger, an equal share each, oldest due first; of a trigger in p_probing one.
CREATE FUNCTION reward_outbox.claim_due(p_relay_no integer, p_lease_id uuid, p_lease_ms integer, p_limit integer, p_held_back text[], p_probing text[])
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

-- The usual case of a look: a few new events, none of which has to wait. It is most of what a relay does while it keeps up, and the time from a commit
-- to its request is the time of this, so it goes by one plan of few steps. Claims all that is new, or nothing: then (more than asked for, an event that
-- must wait, too many bytes, a look that is read in steps) claim() does it step by step. Returns how many it claimed; null: not the usual case.
CREATE FUNCTION reward_outbox.claim_few(p_relay_no integer, p_lease_id uuid, p_lease_ms integer, p_limit integer, p_to_wait text[], p_read_through pg_snapshot,
  p_reading pg_snapshot, p_look pg_snapshot, p_late xid8[], p_epoch integer, OUT events integer, OUT ids uuid[], OUT triggers text[], OUT users text[], OUT bodies text[],
  OUT at_most_once boolean[], OUT max_attempts integer[], OUT ages_ms double precision[])
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  max_bytes CONSTANT integer := 65536;
  usual     boolean;
BEGIN
  IF p_reading IS NOT NULL THEN
    RETURN;   -- in the middle of a backlog
  END IF;
  SELECT count(*), bool_and(s.event_id IS NULL AND f.ordering_key IS NULL AND (f.deliver_after IS NULL OR f.deliver_after <= clock_timestamp())
                            AND (t.trigger_id IS NULL OR num_nulls(t.paused_at, t.rate_per_second, t.max_in_flight) = 3) AND NOT f.trigger_id = ANY (p_to_wait))
                   AND sum(octet_length(f.body) + octet_length(f.user_id) + octet_length(f.trigger_id) + 64) <= max_bytes,
         array_agg(f.id), array_agg(f.trigger_id), array_agg(f.user_id), array_agg(f.body), array_agg(coalesce(t.mode = 'at_most_once', false)), array_agg(t.max_attempts),
         array_agg(date_part('epoch', clock_timestamp() - greatest(f.created_at, f.deliver_after)) * 1000)
  INTO events, usual, ids, triggers, users, bodies, at_most_once, max_attempts, ages_ms
  FROM (
    (SELECT o.id, o.trigger_id, o.user_id, o.payload::text AS body, o.ordering_key, o.deliver_after, o.created_at
     FROM reward_outbox.outbox o WHERE o.epoch = p_epoch AND o.xid = ANY (p_late) LIMIT p_limit)
    UNION ALL
    (SELECT o.id, o.trigger_id, o.user_id, o.payload::text, o.ordering_key, o.deliver_after, o.created_at
     FROM reward_outbox.outbox o
     WHERE o.epoch = p_epoch AND o.xid >= pg_snapshot_xmax(p_read_through) AND o.xid < pg_snapshot_xmax(p_look) AND pg_visible_in_snapshot(o.xid, p_look)
     ORDER BY o.xid, o.seq LIMIT p_limit)
  ) f
  LEFT JOIN reward_outbox.event_states s ON s.event_id = f.id
  LEFT JOIN reward_outbox.triggers t ON t.trigger_id = f.trigger_id;
  IF events >= p_limit OR NOT usual THEN
    events := NULL;
  ELSIF events > 0 THEN
    INSERT INTO reward_outbox.claims (lease_id, relay_no, expires_at, from_head, event_ids)
    VALUES (p_lease_id, p_relay_no, clock_timestamp() + p_lease_ms * interval '1 millisecond', true, ids);
    INSERT INTO reward_outbox.head (read_through, moved) VALUES (p_look, 0);
  END IF;
END
$$;
COMMENT ON FUNCTION reward_outbox.claim_few(integer, uuid, integer, integer, text[], pg_snapshot, pg_snapshot, pg_snapshot, xid8[], integer) IS
  'Part of claim(): everything that is new, if it is few and nothing of it has to wait. Runs with the planner settings of claim().';

-- One claim: first attempts straight from the outbox, in reading order, moving what must wait into event_states; then what is due there.
-- Two leases, because what comes from the head has no row in event_states and what was due has one.
--
-- What is new since the last complete look is exactly what its snapshot could not see: transactions from its xmax on, and those
-- it lists as running. One look may be too much for one claim; "reading" is then the snapshot of the look and (last_xid, last_seq) how
-- far it has been worked through. Ids and times do not commit in order; this does not depend on either.
CREATE FUNCTION reward_outbox.claim(p_relay_no integer, p_head_lease uuid, p_due_lease uuid, p_lease_ms integer, p_limit integer, p_look_for_due boolean,
                                    p_held_back text[], p_probing text[])
RETURNS TABLE (event_id uuid, trigger_id text, user_id text, payload text, attempt integer, excused integer, at_most_once boolean,
               max_attempts integer, ordered boolean, from_head boolean, age_ms double precision, more boolean, next_due_ms double precision)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off
  SET enable_mergejoin = off SET enable_sort = off SET jit = off AS $$
#variable_conflict use_column
DECLARE
  -- What one call returns must fit into the socket buffers: a client that stops reading would otherwise hold the lock.
  max_bytes CONSTANT integer := 65536;
  h         record;
  look      pg_snapshot;
  late      xid8[];
  from_xid  xid8;
  from_seq  bigint;
  -- With events due, half of the room is theirs; either side takes what the other leaves at the next claim.
  head_n    integer := CASE WHEN p_look_for_due THEN (p_limit + 1) / 2 ELSE p_limit END;
  claimed   integer := 0;
  moved_any boolean := false;
  few       record;
BEGIN
  -- Intent must be durable before the first byte, whatever the database's default is; it makes the event itself durable too,
  -- where the application commits asynchronously.
  IF current_setting('synchronous_commit') IN ('off', 'local') THEN
    PERFORM set_config('synchronous_commit', 'on', true);
  END IF;
  PERFORM pg_advisory_xact_lock(1380929362, 2);   -- lock_head(), without the price of another function
  SELECT * INTO h FROM reward_outbox.head_now;
  look := coalesce(h.reading, pg_current_snapshot());
  IF pg_snapshot_xmin(h.read_through) < pg_snapshot_xmax(h.read_through) THEN
    SELECT array_agg(x ORDER BY x) INTO late FROM pg_snapshot_xip(h.read_through) x
    WHERE pg_visible_in_snapshot(x, look) AND (h.last_xid IS NULL OR x >= h.last_xid);
  END IF;

  SELECT * INTO few FROM reward_outbox.claim_few(p_relay_no, p_head_lease, p_lease_ms, head_n, p_held_back || p_probing, h.read_through, h.reading, look, late, h.epoch);
  IF few.events > 0 THEN
    claimed := few.events;
    RETURN QUERY SELECT e.id, e.trigger_id, e.user_id, e.body, 1, 0, e.at_most_once, e.max_attempts, false, true, e.age_ms, NULL::boolean, NULL::double precision
    FROM unnest(few.ids, few.triggers, few.users, few.bodies, few.at_most_once, few.max_attempts, few.ages_ms)
      AS e(id, trigger_id, user_id, body, at_most_once, max_attempts, age_ms);
  ELSIF few.events IS NULL THEN
    from_xid := greatest(pg_snapshot_xmax(h.read_through), coalesce(h.last_xid, '0'));
    from_seq := CASE WHEN h.last_xid >= pg_snapshot_xmax(h.read_through) THEN h.last_seq ELSE -1 END;
    RETURN QUERY
    WITH found AS MATERIALIZED (
      SELECT f.*, row_number() OVER w AS n, sum(octet_length(f.body) + octet_length(f.user_id) + octet_length(f.trigger_id) + 64) OVER w AS bytes
      FROM (
        (SELECT o.id, o.xid, o.seq, o.trigger_id, o.user_id, o.payload::text AS body, o.ordering_key, o.deliver_after, o.created_at
         FROM unnest(late) AS l(xid)
         CROSS JOIN LATERAL (
           SELECT r.* FROM reward_outbox.outbox r
           WHERE r.epoch = h.epoch AND r.xid = l.xid AND r.seq > CASE WHEN r.xid = h.last_xid THEN h.last_seq ELSE -1 END
           ORDER BY r.seq LIMIT head_n) o
         ORDER BY o.xid, o.seq LIMIT head_n)
        UNION ALL
        (SELECT o.id, o.xid, o.seq, o.trigger_id, o.user_id, o.payload::text, o.ordering_key, o.deliver_after, o.created_at
         FROM reward_outbox.outbox o
         WHERE o.epoch = h.epoch AND (o.xid, o.seq) > (from_xid, from_seq) AND o.xid < pg_snapshot_xmax(look) AND pg_visible_in_snapshot(o.xid, look)
         ORDER BY o.xid, o.seq LIMIT head_n)
        ORDER BY xid, seq LIMIT head_n
      ) f WINDOW w AS (ORDER BY f.xid, f.seq)
    ), taken AS MATERIALIZED (
      SELECT f.*, s.event_id IS NOT NULL AS known,
             s.event_id IS NULL AND f.ordering_key IS NULL AND (f.deliver_after IS NULL OR f.deliver_after <= clock_timestamp())
               AND (t.trigger_id IS NULL OR (t.paused_at IS NULL AND t.rate_per_second IS NULL AND t.max_in_flight IS NULL))
               AND NOT f.trigger_id = ANY (p_held_back) AND NOT f.trigger_id = ANY (p_probing) AS direct,
             t.mode = 'at_most_once' AS at_most_once, t.max_attempts
      FROM found f
      LEFT JOIN reward_outbox.event_states s ON s.event_id = f.id
      LEFT JOIN reward_outbox.triggers t ON t.trigger_id = f.trigger_id
      WHERE f.n = 1 OR f.bytes <= max_bytes
    ), moved AS (
      INSERT INTO reward_outbox.event_states (event_id, seq, next_attempt_at, bytes, status, blocked, trigger_id, ordering_key)
      SELECT k.id, k.seq, greatest(k.deliver_after, k.created_at), octet_length(k.body) + octet_length(k.user_id) + octet_length(k.trigger_id) + 64, 'pending',
             k.ordering_key IS NOT NULL AND (
               row_number() OVER (PARTITION BY k.ordering_key ORDER BY k.seq) > 1
               OR EXISTS (SELECT FROM reward_outbox.event_states e WHERE e.ordering_key = k.ordering_key AND e.status IN ('pending', 'sending', 'uncertain')
                            AND (NOT e.blocked OR e.seq < k.seq))
               OR (SELECT reward_outbox.unread_before(k.ordering_key, k.seq, h.read_through, look, t.xid, t.seq) FROM taken t ORDER BY t.xid DESC, t.seq DESC LIMIT 1)),
             k.trigger_id, k.ordering_key
      FROM taken k WHERE NOT k.direct AND NOT k.known
      RETURNING 1
    ), totals AS MATERIALIZED (
      SELECT (SELECT count(*) FROM found) AS found_n, count(*) AS taken_n, (SELECT count(*) FROM moved) AS moved_n,
             array_agg(k.id ORDER BY k.xid, k.seq) FILTER (WHERE k.direct) AS ids,
             (array_agg(k.xid ORDER BY k.xid DESC, k.seq DESC))[1] AS to_xid, (array_agg(k.seq ORDER BY k.xid DESC, k.seq DESC))[1] AS to_seq
      FROM taken k
    ), leased AS (
      INSERT INTO reward_outbox.claims (lease_id, relay_no, expires_at, from_head, event_ids)
      SELECT p_head_lease, p_relay_no, clock_timestamp() + p_lease_ms * interval '1 millisecond', true, c.ids FROM totals c WHERE c.ids IS NOT NULL
    ), stepped AS (
      -- A look is finished when it found less than was asked for and all of it was taken.
      INSERT INTO reward_outbox.head (read_through, reading, last_xid, last_seq, moved)
      SELECT CASE WHEN more_n THEN h.read_through ELSE look END, CASE WHEN more_n THEN look END, CASE WHEN more_n THEN c.to_xid END, CASE WHEN more_n THEN c.to_seq END, c.moved_n
      FROM (SELECT *, totals.found_n >= head_n OR totals.taken_n < totals.found_n AS more_n FROM totals) c
      WHERE c.taken_n > 0 OR h.reading IS NOT NULL
    )
    SELECT k.id, k.trigger_id, k.user_id, k.body, 1, 0, coalesce(k.at_most_once, false), k.max_attempts, false, true,
           date_part('epoch', clock_timestamp() - greatest(k.created_at, k.deliver_after)) * 1000, NULL::boolean, NULL::double precision
    FROM taken k WHERE k.direct
    UNION ALL
    -- A row without an event is about the call itself: whether there is more to read. What was committed since a look in steps began is
    -- not part of that look, and whoever rang for it has been heard already.
    SELECT NULL, NULL, NULL, NULL, c.moved_n::integer, NULL, NULL, NULL, NULL, true, NULL, c.found_n >= head_n OR c.taken_n < c.found_n OR h.reading IS NOT NULL, NULL FROM totals c;
    GET DIAGNOSTICS claimed = ROW_COUNT;
    claimed := claimed - 1;
    SELECT n.position_no > h.position_no AND n.moved > 0 INTO moved_any FROM reward_outbox.head n ORDER BY n.position_no DESC LIMIT 1;
  END IF;
  IF claimed < p_limit AND (p_look_for_due OR moved_any) THEN
    IF EXISTS (SELECT FROM reward_outbox.event_states s WHERE s.status = 'pending' AND NOT s.blocked) THEN
      RETURN QUERY SELECT * FROM reward_outbox.claim_due(p_relay_no, p_due_lease, p_lease_ms, p_limit - claimed, p_held_back, p_probing);
    ELSE
      -- As claim_due() would say: nothing waits.
      RETURN QUERY SELECT NULL::uuid, NULL::text, NULL::text, NULL::text, NULL::integer, NULL::integer, NULL::boolean, NULL::integer, NULL::boolean, false,
        NULL::double precision, NULL::boolean, NULL::double precision;
    END IF;
  END IF;
END
$$;
COMMENT ON FUNCTION reward_outbox.claim(integer, uuid, uuid, integer, integer, boolean, text[], text[]) IS
  'Leases up to p_limit events to a relay, commits that as its intent, and returns what to send.';
