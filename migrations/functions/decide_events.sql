-- One row per event asked for: what became of the request. Events are
-- locked against claims for the length of the call.
CREATE OR REPLACE FUNCTION reward_outbox.decide_events(
  p_action text, p_event_ids uuid[], p_allow_duplicates boolean, p_reason text, p_actor text, p_run bigint
)
RETURNS TABLE (event_id uuid, done boolean, was text, refused text)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET jit = off AS $$
#variable_conflict use_column
DECLARE
  e record;
BEGIN
  PERFORM reward_outbox.lock_decisions(p_event_ids);
  FOR e IN
    SELECT a.id AS asked, v.id, v.status, v.attempts, o.ordering_key, o.seq, o.trigger_id,
           s.duplicate_of IS NOT NULL AS is_duplicate,
           o.ordering_key IS NOT NULL AND s.event_id IS NULL AS in_its_order,
           reward_outbox.event_bytes(o.payload::text, o.user_id, o.trigger_id) AS bytes
    FROM unnest(p_event_ids) AS a(id)
    LEFT JOIN reward_outbox.events v ON v.id = a.id
    LEFT JOIN reward_outbox.outbox o ON o.id = a.id
    LEFT JOIN reward_outbox.event_states s ON s.event_id = a.id
    ORDER BY o.seq
  LOOP
    event_id := e.asked;
    was := e.status;
    refused := reward_outbox.refusal_code(p_action, e.status, e.is_duplicate, e.in_its_order,
                                          p_allow_duplicates);
    done := refused IS NULL;
    IF done THEN
      IF p_action = 'cancel' THEN
        INSERT INTO reward_outbox.event_states
          (event_id, seq, next_attempt_at, attempts, bytes, status, trigger_id, ordering_key, reason)
        VALUES (e.id, e.seq, clock_timestamp(), e.attempts, e.bytes, 'cancelled', e.trigger_id,
                e.ordering_key,
                'cancelled' || coalesce(': ' || p_reason, ''))
        ON CONFLICT (event_id) DO UPDATE
        SET status = 'cancelled', blocked = false, reason = excluded.reason, changed_at = clock_timestamp();
        PERFORM reward_outbox.release_next(ARRAY[e.ordering_key]);
      ELSIF e.attempts = 0 AND EXISTS (SELECT FROM reward_outbox.unread u WHERE u.id = e.id) THEN
        -- New, or new again: relays come to it by themselves. With a row of its own it could be sent from
        -- there before it is read, and once more when it is.
        DELETE FROM reward_outbox.event_states s WHERE s.event_id = e.id;
      ELSE
        INSERT INTO reward_outbox.event_states AS s
          (event_id, seq, next_attempt_at, attempts, excused, bytes, status, blocked, trigger_id,
           ordering_key)
        VALUES (e.id, e.seq, clock_timestamp(), e.attempts, e.attempts, e.bytes, 'pending',
                e.ordering_key IS NOT NULL AND (EXISTS (
                  SELECT FROM reward_outbox.event_states u
                  WHERE u.ordering_key = e.ordering_key
                    AND u.event_id <> e.id
                    AND NOT u.blocked
                    AND u.status IN ('pending', 'sending', 'uncertain'))
                  -- Cancelled before it was read, and so before earlier ones of its key were.
                  OR (SELECT reward_outbox.unread_before(e.ordering_key, e.seq, h.read_through, h.reading,
                                                         h.last_xid, h.last_seq)
                      FROM reward_outbox.head_now h)),
                e.trigger_id, e.ordering_key)
        ON CONFLICT (event_id) DO UPDATE
        SET status = 'pending',
            lease_id = NULL,
            changed_at = clock_timestamp(),
            next_attempt_at = excluded.next_attempt_at,
            excused = s.attempts,
            reason = NULL,
            duplicate_of = NULL,
            blocked = CASE WHEN s.status IN ('pending', 'uncertain') THEN s.blocked ELSE excluded.blocked END;
      END IF;
      PERFORM reward_outbox.record_operation(
        p_actor, p_action, e.id, e.trigger_id, p_reason,
        jsonb_build_object('was', e.status, 'attempts', e.attempts)
          || CASE WHEN p_action = 'retry' THEN jsonb_build_object('allow_duplicates', p_allow_duplicates)
                  ELSE '{}' END,
        p_run);
    END IF;
    RETURN NEXT;
  END LOOP;
  PERFORM reward_outbox.wake_relays();
END
$$;
COMMENT ON FUNCTION reward_outbox.decide_events(text, uuid[], boolean, text, text, bigint) IS
  'What retry_events() and cancel_events() have in common. p_action: retry or cancel. Refused: see '
  'refusal_code().';
