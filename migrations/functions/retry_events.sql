-- Each returns one row per event asked for: what became of the request. Events are locked against claims for the length of the call.
CREATE OR REPLACE FUNCTION reward_outbox.retry_events(p_event_ids uuid[], p_allow_duplicates boolean DEFAULT false, p_reason text DEFAULT NULL, p_actor text DEFAULT NULL,
  p_run bigint DEFAULT NULL)
RETURNS TABLE (event_id uuid, done boolean, was text, note text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET enable_hashjoin = off
  SET enable_mergejoin = off SET jit = off AS $$
#variable_conflict use_column
DECLARE
  e record;
BEGIN
  PERFORM reward_outbox.lock_decisions(p_event_ids);
  FOR e IN SELECT a.id AS asked, v.id, v.status, v.attempts, v.last_error, v.ordering_key, o.seq, o.trigger_id,
                  EXISTS (SELECT FROM reward_outbox.event_states k WHERE k.event_id = a.id) AS known,
                  octet_length(o.payload::text) + octet_length(o.user_id) + octet_length(o.trigger_id) + 64 AS bytes
           FROM unnest(p_event_ids) AS a(id) LEFT JOIN reward_outbox.events v ON v.id = a.id LEFT JOIN reward_outbox.outbox o ON o.id = a.id ORDER BY o.seq LOOP
    event_id := e.asked; was := e.status; done := false;
    note := CASE
      WHEN e.id IS NULL THEN 'no such event'
      WHEN e.status = 'sending' THEN 'it is being sent right now'
      WHEN e.status = 'delivered' AND NOT p_allow_duplicates THEN 'already delivered: sending it again may reward the user twice'
      WHEN e.status = 'uncertain' AND NOT p_allow_duplicates THEN 'it may have been delivered: resolve it, or allow duplicates'
      WHEN e.status = 'cancelled' AND e.last_error LIKE 'duplicate of %' AND NOT p_allow_duplicates
        THEN 'another event with its idempotency key takes its place: sending it as well may reward the user twice'
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
        jsonb_build_object('was', e.status, 'attempts', e.attempts, 'allow_duplicates', p_allow_duplicates), p_run);
      done := true;
    END IF;
    RETURN NEXT;
  END LOOP;
  PERFORM reward_outbox.wake_relays();
END
$$;
COMMENT ON FUNCTION reward_outbox.retry_events(uuid[], boolean, text, text, bigint) IS 'Back to pending, due at once, with a fresh budget of attempts.';
