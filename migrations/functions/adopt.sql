-- After a restore, a copy or a point-in-time recovery. Transaction ids may have started again, so everything
-- unread becomes a row in event_states, and new events are told from old ones by their epoch.
CREATE OR REPLACE FUNCTION reward_outbox.adopt(
  p_cancel_backlog boolean, p_reason text, p_actor text DEFAULT NULL
)
RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '300ms' AS $$
DECLARE
  seen       pg_snapshot;
  unfinished bigint;
  cancelled  bigint := 0;
  doubts     jsonb;
BEGIN
  -- In the order in which claim() locks: the other way round, the two would wait for each other.
  PERFORM reward_outbox.lock_head();
  -- Most of the work is done before writers have to wait: under the lock,
  -- only what was committed meanwhile is left.
  seen := pg_current_snapshot();
  PERFORM reward_outbox.collect_untouched(NULL);
  -- Writers queue behind whoever waits for it: not for long. The caller tries again.
  LOCK TABLE reward_outbox.outbox IN ACCESS EXCLUSIVE MODE;
  PERFORM reward_outbox.collect_untouched(seen);
  IF p_cancel_backlog THEN
    UPDATE reward_outbox.event_states s
    SET status = 'cancelled', blocked = false, lease_id = NULL, reason = 'cancelled at adoption',
        changed_at = clock_timestamp()
    WHERE s.status IN ('pending', 'sending');
    GET DIAGNOSTICS cancelled = ROW_COUNT;
  END IF;
  -- First attempts that were under way: only their claim knows them. When its lease has expired
  -- they go on record as ambiguous, and are retried unless a decision stands already.
  WITH under_way AS (
    SELECT o.*
    FROM reward_outbox.claims c
    CROSS JOIN LATERAL unnest(c.event_ids) AS k(id)
    JOIN reward_outbox.outbox o ON o.id = k.id
    WHERE c.from_head
      AND NOT EXISTS (SELECT FROM reward_outbox.attempt_log a WHERE a.event_id = o.id)
  ), decided AS (
    INSERT INTO reward_outbox.event_states
      (event_id, seq, next_attempt_at, attempts, bytes, status, trigger_id, ordering_key, reason)
    SELECT u.id, u.seq, clock_timestamp(), 1,
           reward_outbox.event_bytes(u.payload::text, u.user_id, u.trigger_id),
           'cancelled', u.trigger_id, u.ordering_key, 'cancelled at adoption'
    FROM under_way u
    WHERE p_cancel_backlog
    ON CONFLICT (event_id) DO NOTHING
    RETURNING 1
  )
  SELECT cancelled + (SELECT count(*) FROM decided),
         CASE WHEN p_cancel_backlog THEN 0
              ELSE (SELECT count(*) FROM under_way)
                   + (SELECT count(*)
                      FROM reward_outbox.event_states s
                      WHERE s.status IN ('pending', 'sending')) END
  INTO cancelled, unfinished;
  SELECT jsonb_strip_nulls(jsonb_build_object(
           'doubt', i.doubt_code,
           'missing', nullif((SELECT count(*) FROM reward_outbox.missing_events), 0)))
  INTO doubts
  FROM reward_outbox.installation i;
  PERFORM reward_outbox.record_identity();
  PERFORM reward_outbox.advance_sequences();
  INSERT INTO reward_outbox.head (read_through) VALUES (pg_current_snapshot());
  -- An event that waited for an unread one of its key has nobody else to let it, or that one, go.
  PERFORM reward_outbox.release_next(ARRAY(
    SELECT DISTINCT s.ordering_key
    FROM reward_outbox.event_states s
    WHERE s.blocked AND s.status = 'pending'));
  PERFORM reward_outbox.record_operation(
    p_actor, 'adopt', NULL, NULL, p_reason,
    jsonb_build_object('unfinished', unfinished, 'cancelled', cancelled) || doubts);
  PERFORM reward_outbox.wake_relays();
  RETURN unfinished;
END
$$;
COMMENT ON FUNCTION reward_outbox.adopt(boolean, text, text) IS
  'This database is the right one from now on: relays may send from it. Returns how many events are to be '
  'sent.';
