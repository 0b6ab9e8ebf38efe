CREATE OR REPLACE FUNCTION reward_outbox.cancel_events(
  p_event_ids uuid[],
  p_reason    text DEFAULT NULL,
  p_actor     text DEFAULT NULL,
  p_run       bigint DEFAULT NULL
) RETURNS TABLE (event_id uuid, done boolean, was text, refused text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off
  SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off AS $$
#variable_conflict use_column
DECLARE
  e record;
BEGIN
  PERFORM reward_outbox.lock_decisions(p_event_ids);
  FOR e IN
    SELECT a.id AS asked, v.id, v.status, v.attempts, v.ordering_key, o.seq, o.trigger_id,
           reward_outbox.event_bytes(o.payload::text, o.user_id, o.trigger_id) AS bytes
    FROM unnest(p_event_ids) AS a(id)
    LEFT JOIN reward_outbox.events v ON v.id = a.id
    LEFT JOIN reward_outbox.outbox o ON o.id = a.id
    ORDER BY o.seq
  LOOP
    event_id := e.asked;
    was := e.status;
    refused := reward_outbox.refusal_code('cancel', e.status, false, false, false);
    done := refused IS NULL;
    IF done THEN
      INSERT INTO reward_outbox.event_states AS s
        (event_id, seq, next_attempt_at, attempts, bytes, status, trigger_id, ordering_key, reason)
      VALUES (e.id, e.seq, clock_timestamp(), e.attempts, e.bytes, 'cancelled', e.trigger_id, e.ordering_key,
        'cancelled' || coalesce(': ' || p_reason, ''))
      ON CONFLICT (event_id) DO UPDATE
      SET status = 'cancelled',
          blocked = false,
          reason = excluded.reason,
          changed_at = clock_timestamp();
      PERFORM reward_outbox.release_next(ARRAY[e.ordering_key]);
      PERFORM reward_outbox.record_operation(p_actor, 'cancel', e.id, e.trigger_id, p_reason,
        jsonb_build_object('was', e.status, 'attempts', e.attempts), p_run);
    END IF;
    RETURN NEXT;
  END LOOP;
  PERFORM reward_outbox.wake_relays();
END
$$;
COMMENT ON FUNCTION reward_outbox.cancel_events(uuid[], text, text, bigint)
  IS 'Pending, dead or uncertain events will not be sent (again). Refused: see refusal_code().';
