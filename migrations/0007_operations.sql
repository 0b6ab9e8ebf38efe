-- What operators decide: retry, cancel, resolve, pause, policy, adopt, prune. Each is one function, recorded in operations with who and why.
-- p_actor: a person's name where a shared role is used; the database role is recorded in any case.

CREATE FUNCTION reward_outbox.record_operation(p_actor text, p_action text, p_event_id uuid, p_trigger_id text, p_reason text, p_detail jsonb) RETURNS void
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO reward_outbox.operations (actor, action, event_id, trigger_id, reason, detail)
  VALUES (coalesce(nullif(p_actor, '') || ' (' || session_user || ')', session_user), p_action, p_event_id, p_trigger_id, p_reason, p_detail)
$$;
COMMENT ON FUNCTION reward_outbox.record_operation(text, text, uuid, text, text, jsonb) IS 'Part of the operators'' functions.';

CREATE FUNCTION reward_outbox.lock_decisions(p_event_ids uuid[]) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(1380929362, 3);
  PERFORM reward_outbox.lock_head();
  -- A late success removes the row; it has to come before the decision or after it, not in between, or the decision would bring the row back.
  PERFORM FROM reward_outbox.event_states s WHERE s.event_id = ANY (p_event_ids) ORDER BY s.event_id FOR UPDATE;
END
$$;
COMMENT ON FUNCTION reward_outbox.lock_decisions(uuid[]) IS 'Part of the operators'' functions: until the end of the transaction these events are neither claimed, settled nor pruned.';

-- Each returns one row per event asked for: what became of the request. Events are locked against claims for the length of the call.
CREATE FUNCTION reward_outbox.retry_events(p_event_ids uuid[], p_allow_duplicates boolean DEFAULT false, p_reason text DEFAULT NULL, p_actor text DEFAULT NULL)
RETURNS TABLE (event_id uuid, done boolean, was text, note text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET enable_hashjoin = off
  SET enable_mergejoin = off SET jit = off AS $$
#variable_conflict use_column
DECLARE
  e record;
BEGIN
  PERFORM reward_outbox.lock_decisions(p_event_ids);
  FOR e IN SELECT a.id AS asked, v.id, v.status, v.attempts, v.ordering_key, o.seq, o.trigger_id,
                  EXISTS (SELECT FROM reward_outbox.event_states k WHERE k.event_id = a.id) AS known,
                  octet_length(o.payload::text) + octet_length(o.user_id) + octet_length(o.trigger_id) + 64 AS bytes
           FROM unnest(p_event_ids) AS a(id) LEFT JOIN reward_outbox.events v ON v.id = a.id LEFT JOIN reward_outbox.outbox o ON o.id = a.id ORDER BY o.seq LOOP
    event_id := e.asked; was := e.status; done := false;
    note := CASE
      WHEN e.id IS NULL THEN 'no such event'
      WHEN e.status = 'sending' THEN 'it is being sent right now'
      WHEN e.status = 'delivered' AND NOT p_allow_duplicates THEN 'already delivered: sending it again may reward the user twice'
      WHEN e.status = 'uncertain' AND NOT p_allow_duplicates THEN 'it may have been delivered: resolve it, or allow duplicates'
      -- Not read yet: entering event_states now would let it overtake earlier events of its key that are not read either.
      WHEN e.status = 'pending' AND e.ordering_key IS NOT NULL AND NOT e.known THEN 'it is new and goes in its order by itself'
    END;
    IF note IS NULL THEN
      INSERT INTO reward_outbox.event_states AS s (event_id, seq, next_attempt_at, attempts, excused, bytes, status, blocked, trigger_id, ordering_key)
      VALUES (e.id, e.seq, clock_timestamp(), e.attempts, e.attempts, e.bytes, 'pending',
        e.ordering_key IS NOT NULL AND EXISTS (SELECT FROM reward_outbox.event_states u WHERE u.ordering_key = e.ordering_key AND u.event_id <> e.id
          AND NOT u.blocked AND u.status IN ('pending', 'sending', 'uncertain')), e.trigger_id, e.ordering_key)
      ON CONFLICT (event_id) DO UPDATE SET status = 'pending', excused = s.attempts, next_attempt_at = excluded.next_attempt_at, reason = NULL,
        changed_at = clock_timestamp(), lease_id = NULL,
        blocked = CASE WHEN s.status IN ('pending', 'uncertain') THEN s.blocked ELSE excluded.blocked END;
      PERFORM reward_outbox.record_operation(p_actor, 'retry', e.id, e.trigger_id, p_reason,
        jsonb_build_object('was', e.status, 'attempts', e.attempts, 'allow_duplicates', p_allow_duplicates));
      done := true;
    END IF;
    RETURN NEXT;
  END LOOP;
  PERFORM pg_notify('reward_outbox', '');
END
$$;
COMMENT ON FUNCTION reward_outbox.retry_events(uuid[], boolean, text, text) IS 'Back to pending, due at once, with a fresh budget of attempts.';

CREATE FUNCTION reward_outbox.cancel_events(p_event_ids uuid[], p_reason text DEFAULT NULL, p_actor text DEFAULT NULL)
RETURNS TABLE (event_id uuid, done boolean, was text, note text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET enable_hashjoin = off
  SET enable_mergejoin = off SET jit = off AS $$
#variable_conflict use_column
DECLARE
  e record;
BEGIN
  PERFORM reward_outbox.lock_decisions(p_event_ids);
  FOR e IN SELECT a.id AS asked, v.id, v.status, v.attempts, v.ordering_key, o.seq, o.trigger_id,
                  octet_length(o.payload::text) + octet_length(o.user_id) + octet_length(o.trigger_id) + 64 AS bytes
           FROM unnest(p_event_ids) AS a(id) LEFT JOIN reward_outbox.events v ON v.id = a.id LEFT JOIN reward_outbox.outbox o ON o.id = a.id ORDER BY o.seq LOOP
    event_id := e.asked; was := e.status; done := false;
    note := CASE
      WHEN e.id IS NULL THEN 'no such event'
      WHEN e.status = 'sending' THEN 'it is being sent right now'
      WHEN e.status = 'delivered' THEN 'already delivered'
      WHEN e.status = 'cancelled' THEN 'already cancelled'
    END;
    IF note IS NULL THEN
      INSERT INTO reward_outbox.event_states AS s (event_id, seq, next_attempt_at, attempts, bytes, status, trigger_id, ordering_key, reason)
      VALUES (e.id, e.seq, clock_timestamp(), e.attempts, e.bytes, 'cancelled', e.trigger_id, e.ordering_key, 'cancelled' || coalesce(': ' || p_reason, ''))
      ON CONFLICT (event_id) DO UPDATE SET status = 'cancelled', blocked = false, reason = excluded.reason, changed_at = clock_timestamp();
      PERFORM reward_outbox.release_next(ARRAY[e.ordering_key]);
      PERFORM reward_outbox.record_operation(p_actor, 'cancel', e.id, e.trigger_id, p_reason, jsonb_build_object('was', e.status, 'attempts', e.attempts));
      done := true;
    END IF;
    RETURN NEXT;
  END LOOP;
  PERFORM pg_notify('reward_outbox', '');
END
$$;
COMMENT ON FUNCTION reward_outbox.cancel_events(uuid[], text, text) IS 'Pending, dead or uncertain events will not be sent (again).';

CREATE FUNCTION reward_outbox.resolve_event(p_event_id uuid, p_delivered boolean, p_reason text, p_actor text DEFAULT NULL)
RETURNS TABLE (event_id uuid, done boolean, was text, note text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
  s reward_outbox.event_states;
BEGIN
  PERFORM reward_outbox.lock_head();
  SELECT * INTO s FROM reward_outbox.event_states x WHERE x.event_id = p_event_id FOR UPDATE;
  event_id := p_event_id; done := false;
  was := coalesce(s.status::text, (SELECT v.status FROM reward_outbox.events v WHERE v.id = p_event_id));
  IF was IS NULL OR NOT (was = 'uncertain' OR (was = 'dead' AND p_delivered)) THEN
    note := CASE WHEN was IS NULL THEN 'no such event' ELSE 'only uncertain events are resolved (and dead ones, as delivered); this one is ' || was END;
  ELSE
    UPDATE reward_outbox.event_states x
    SET status = CASE WHEN p_delivered THEN 'delivered' ELSE 'pending' END::reward_outbox.event_status, changed_at = clock_timestamp(), next_attempt_at = clock_timestamp(),
        excused = x.attempts, reason = CASE WHEN p_delivered THEN 'resolved as delivered: ' || p_reason END,
        blocked = CASE WHEN p_delivered THEN false ELSE x.blocked END
    WHERE x.event_id = p_event_id;
    IF p_delivered THEN
      PERFORM reward_outbox.release_next(ARRAY[s.ordering_key]);
    END IF;
    PERFORM reward_outbox.record_operation(p_actor, 'resolve', p_event_id, s.trigger_id, p_reason,
      jsonb_build_object('was', was, 'as', CASE WHEN p_delivered THEN 'delivered' ELSE 'not-delivered' END));
    PERFORM pg_notify('reward_outbox', '');
    done := true;
  END IF;
  RETURN NEXT;
END
$$;
COMMENT ON FUNCTION reward_outbox.resolve_event(uuid, boolean, text, text) IS 'A person found out what became of an uncertain event. Not delivered: it is sent again.';

CREATE FUNCTION reward_outbox.pause_trigger(p_trigger_id text, p_reason text, p_actor text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO reward_outbox.triggers AS t (trigger_id, paused_at, paused_by, paused_reason)
  VALUES (p_trigger_id, clock_timestamp(), coalesce(p_actor, session_user), p_reason)
  ON CONFLICT (trigger_id) DO UPDATE SET paused_at = excluded.paused_at, paused_by = excluded.paused_by, paused_reason = excluded.paused_reason, probe_at = NULL;
  PERFORM reward_outbox.record_operation(p_actor, 'pause', NULL, p_trigger_id, p_reason, NULL);
END
$$;
COMMENT ON FUNCTION reward_outbox.pause_trigger(text, text, text) IS 'Nothing of this trigger is sent until it is resumed; its events stay pending.';

CREATE FUNCTION reward_outbox.resume_trigger(p_trigger_id text, p_reason text DEFAULT NULL, p_actor text DEFAULT NULL) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE reward_outbox.triggers t SET paused_at = NULL, paused_by = NULL, paused_reason = NULL, probe_at = NULL, probes = 0
  WHERE t.trigger_id = p_trigger_id AND t.paused_at IS NOT NULL;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  PERFORM reward_outbox.record_operation(p_actor, 'resume', NULL, p_trigger_id, p_reason, NULL);
  PERFORM pg_notify('reward_outbox', '');
  RETURN true;
END
$$;
COMMENT ON FUNCTION reward_outbox.resume_trigger(text, text, text) IS 'Ends a pause. False: it was not paused.';

-- p_changes: the settings to change, e.g. {"mode": "at_most_once", "rate_per_second": null}. Null takes a limit away; what is not named stays.
CREATE FUNCTION reward_outbox.set_trigger(p_trigger_id text, p_changes jsonb, p_actor text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO reward_outbox.triggers (trigger_id) VALUES (p_trigger_id) ON CONFLICT (trigger_id) DO NOTHING;
  UPDATE reward_outbox.triggers t
  SET mode = CASE WHEN p_changes ? 'mode' THEN (p_changes ->> 'mode')::reward_outbox.delivery_mode ELSE t.mode END,
      max_attempts = CASE WHEN p_changes ? 'max_attempts' THEN (p_changes ->> 'max_attempts')::integer ELSE t.max_attempts END,
      rate_per_second = CASE WHEN p_changes ? 'rate_per_second' THEN (p_changes ->> 'rate_per_second')::double precision ELSE t.rate_per_second END,
      max_in_flight = CASE WHEN p_changes ? 'max_in_flight' THEN (p_changes ->> 'max_in_flight')::integer ELSE t.max_in_flight END,
      tokens = NULL, refilled_at = NULL
  WHERE t.trigger_id = p_trigger_id;
  PERFORM reward_outbox.record_operation(p_actor, 'set', NULL, p_trigger_id, NULL, p_changes);
  PERFORM pg_notify('reward_outbox', '');
END
$$;
COMMENT ON FUNCTION reward_outbox.set_trigger(text, jsonb, text) IS 'Changes a trigger''s policy.';

-- Part of adopt(): events that left no trace anywhere become rows in event_states. The trace decides and not the position in reading order, because
-- what was inserted between a restore and its adoption carries transaction ids that mean nothing next to the restored ones.
-- p_since: only what that snapshot could not see; null: everything.
CREATE FUNCTION reward_outbox.collect_untouched(p_since pg_snapshot) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO reward_outbox.event_states (event_id, seq, next_attempt_at, bytes, status, blocked, trigger_id, ordering_key)
  SELECT o.id, o.seq, greatest(o.deliver_after, o.created_at), octet_length(o.payload::text) + octet_length(o.user_id) + octet_length(o.trigger_id) + 64, 'pending',
         o.ordering_key IS NOT NULL AND (row_number() OVER (PARTITION BY o.ordering_key ORDER BY o.seq) > 1
           OR EXISTS (SELECT FROM reward_outbox.event_states e WHERE e.ordering_key = o.ordering_key AND e.status IN ('pending', 'sending', 'uncertain'))),
         o.trigger_id, o.ordering_key
  FROM reward_outbox.outbox o
  WHERE (p_since IS NULL
         OR o.epoch = (SELECT i.epoch FROM reward_outbox.installation i)
            AND (o.xid >= pg_snapshot_xmax(p_since) OR o.xid = ANY (ARRAY(SELECT pg_snapshot_xip(p_since)))))
    AND NOT EXISTS (SELECT FROM reward_outbox.event_states s WHERE s.event_id = o.id)
    AND NOT EXISTS (SELECT FROM reward_outbox.attempt_log a WHERE a.event_id = o.id)
    AND NOT EXISTS (SELECT FROM (SELECT unnest(c.event_ids) AS id FROM reward_outbox.claims c) k WHERE k.id = o.id);
END
$$;
COMMENT ON FUNCTION reward_outbox.collect_untouched(pg_snapshot) IS 'Part of adopt(): events without any trace become pending rows in event_states.';

-- After a restore, a copy or a point-in-time recovery. Transaction ids may have started again, so everything unread becomes a row in
-- event_states, and new events are told from old ones by their epoch.
CREATE FUNCTION reward_outbox.adopt(p_cancel_backlog boolean, p_reason text, p_actor text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '5s' AS $$
DECLARE
  seen       pg_snapshot;
  unfinished bigint;
  cancelled  bigint := 0;
  new_epoch  integer;
BEGIN
  -- In the order in which claim() locks: the other way round, the two would wait for each other.
  PERFORM reward_outbox.lock_head();
  -- Most of the work is done before writers have to wait: under the lock, only what was committed meanwhile is left.
  seen := pg_current_snapshot();
  PERFORM reward_outbox.collect_untouched(NULL);
  LOCK TABLE reward_outbox.outbox IN ACCESS EXCLUSIVE MODE;
  PERFORM reward_outbox.collect_untouched(seen);
  IF p_cancel_backlog THEN
    UPDATE reward_outbox.event_states s SET status = 'cancelled', blocked = false, lease_id = NULL, reason = 'cancelled at adoption', changed_at = clock_timestamp()
    WHERE s.status IN ('pending', 'sending');
    GET DIAGNOSTICS cancelled = ROW_COUNT;
  END IF;
  -- First attempts that were under way: only their claim knows them. When its lease has expired they go on record as ambiguous, and are
  -- retried unless a decision stands already.
  WITH under_way AS (
    SELECT o.* FROM reward_outbox.claims c CROSS JOIN LATERAL unnest(c.event_ids) AS k(id) JOIN reward_outbox.outbox o ON o.id = k.id
    WHERE c.from_head AND NOT EXISTS (SELECT FROM reward_outbox.attempt_log a WHERE a.event_id = o.id)
  ), decided AS (
    INSERT INTO reward_outbox.event_states (event_id, seq, next_attempt_at, attempts, bytes, status, trigger_id, ordering_key, reason)
    SELECT u.id, u.seq, clock_timestamp(), 1, octet_length(u.payload::text) + octet_length(u.user_id) + octet_length(u.trigger_id) + 64, 'cancelled',
           u.trigger_id, u.ordering_key, 'cancelled at adoption'
    FROM under_way u WHERE p_cancel_backlog
    ON CONFLICT (event_id) DO NOTHING RETURNING 1
  )
  SELECT cancelled + (SELECT count(*) FROM decided),
         CASE WHEN p_cancel_backlog THEN 0
              ELSE (SELECT count(*) FROM under_way) + (SELECT count(*) FROM reward_outbox.event_states s WHERE s.status IN ('pending', 'sending')) END
  INTO cancelled, unfinished;
  UPDATE reward_outbox.installation i
  SET epoch = i.epoch + 1, system_identifier = n.system_identifier, database_oid = n.database_oid, timeline = n.timeline, adopted_at = clock_timestamp(),
      adopted_by = session_user
  FROM reward_outbox.identity() n RETURNING i.epoch INTO new_epoch;
  EXECUTE format('ALTER TABLE reward_outbox.outbox ALTER COLUMN epoch SET DEFAULT %s', new_epoch);
  INSERT INTO reward_outbox.head (read_through) VALUES (pg_current_snapshot());
  -- An event that waited for an unread one of its key has nobody else to let it, or that one, go.
  PERFORM reward_outbox.release_next(ARRAY(SELECT DISTINCT s.ordering_key FROM reward_outbox.event_states s WHERE s.blocked AND s.status = 'pending'));
  PERFORM reward_outbox.record_operation(p_actor, 'adopt', NULL, NULL, p_reason, jsonb_build_object('unfinished', unfinished, 'cancelled', cancelled));
  PERFORM pg_notify('reward_outbox', '');
  RETURN unfinished;
END
$$;
COMMENT ON FUNCTION reward_outbox.adopt(boolean, text, text) IS 'This database is the right one from now on: relays may send from it. Returns how many events are to be sent.';

-- A relay's own two ways to accept an identity: nothing was ever written here, or it has followed a failover with its own claims still present.
CREATE FUNCTION reward_outbox.check_identity(p_follow_timeline boolean DEFAULT false) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  known reward_outbox.installation;
  found record;
BEGIN
  SELECT * INTO known FROM reward_outbox.installation;
  SELECT * INTO found FROM reward_outbox.identity();
  IF (known.system_identifier, known.database_oid, known.timeline) IS NOT DISTINCT FROM (found.system_identifier, found.database_oid, found.timeline) THEN
    RETURN NULL;
  END IF;
  -- A copy made of an empty or never delivered outbox (a template database): there is nothing it could send a second time.
  IF NOT EXISTS (SELECT FROM reward_outbox.outbox) OR NOT EXISTS (SELECT FROM reward_outbox.relays) THEN
    PERFORM reward_outbox.adopt(false, 'nothing was ever delivered from here', 'relay');
    RETURN NULL;
  END IF;
  IF p_follow_timeline AND (known.system_identifier, known.database_oid) IS NOT DISTINCT FROM (found.system_identifier, found.database_oid) THEN
    UPDATE reward_outbox.installation i SET timeline = found.timeline;
    RETURN NULL;
  END IF;
  RETURN CASE
    WHEN known.system_identifier <> found.system_identifier THEN 'it was written by another PostgreSQL cluster (a restored dump or a copy)'
    WHEN known.database_oid <> found.database_oid THEN 'it is a copy of another database of this cluster'
    ELSE 'its write-ahead log is on another timeline (a point-in-time recovery, or a failover that no relay followed)' END;
END
$$;
COMMENT ON FUNCTION reward_outbox.check_identity(boolean) IS 'Null: this is the database whose events were being sent. Otherwise: why it may not be.';

-- Oldest first, a batch per call, so that no lock is held for long. Unfinished events stay, whatever their age. Decisions about events (retry,
-- cancel) wait for the batch, claims do not.
CREATE FUNCTION reward_outbox.prune(p_before timestamptz, p_after uuid, p_limit integer, OUT examined integer, OUT pruned integer, OUT last_id uuid)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
  SET jit = off AS $$
DECLARE
  -- Ids begin with the milliseconds of their making: without this bound the last batch would walk over all younger events. The second to
  -- spare is for clocks; created_at decides.
  end_id uuid := (lpad(to_hex(greatest((date_part('epoch', p_before) * 1000)::bigint + 1000, 0)), 12, '0') || '00000000000000000000')::uuid;
  ids    uuid[];
BEGIN
  PERFORM pg_advisory_xact_lock(1380929362, 3);
  SELECT count(*), (array_agg(v.id ORDER BY v.id DESC))[1],
         -- What an open claim still names is left for later: settling the rest of that claim looks for its attempts.
         array_agg(v.id) FILTER (WHERE v.status IN ('delivered', 'dead', 'cancelled') AND NOT EXISTS (SELECT FROM reward_outbox.claims c WHERE v.id = ANY (c.event_ids)))
  INTO examined, last_id, ids
  FROM (SELECT e.id, e.status FROM reward_outbox.events e
        WHERE (p_after IS NULL OR e.id > p_after) AND e.id < end_id AND e.created_at < p_before ORDER BY e.id LIMIT p_limit) v;
  DELETE FROM reward_outbox.attempt_log a WHERE a.event_id = ANY (ids);
  DELETE FROM reward_outbox.event_states s WHERE s.event_id = ANY (ids);
  DELETE FROM reward_outbox.outbox o WHERE o.id = ANY (ids);
  GET DIAGNOSTICS pruned = ROW_COUNT;
END
$$;
COMMENT ON FUNCTION reward_outbox.prune(timestamptz, uuid, integer) IS 'Deletes finished events older than p_before, with their attempts: one batch, from p_after on.';
