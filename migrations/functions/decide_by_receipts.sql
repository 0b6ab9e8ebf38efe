-- What a relay found follows from receipts is checked here once more, as far as that can
-- be done in a moment: the trigger asks for it, the event is still open, and of
-- confirmations there is a receipt at all. Capped: in a day, 20 of a trigger or one for
-- each 20 of its receipts. Returns what stopped it, as a code; null: it is done.
CREATE OR REPLACE FUNCTION reward_outbox.decide_by_receipts(
  p_event_id uuid, p_delivered boolean, p_relay text, p_evidence jsonb
) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET jit = off AS $$
DECLARE
  s       reward_outbox.event_states;
  policy  reward_outbox.triggers;
  decided bigint;
  heard   bigint;
BEGIN
  IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
    PERFORM reward_outbox.refuse_isolation();
  END IF;
  PERFORM reward_outbox.lock_decisions(ARRAY[p_event_id]);
  SELECT * INTO s FROM reward_outbox.event_states x WHERE x.event_id = p_event_id;
  SELECT * INTO policy FROM reward_outbox.triggers t WHERE t.trigger_id = s.trigger_id;
  IF s.status IS NULL OR s.status NOT IN ('uncertain', 'pending')
    OR (s.status = 'pending' AND NOT p_delivered) THEN
    RETURN 'not_open';
  ELSIF policy.trigger_id IS NULL
    OR NOT (CASE WHEN p_delivered THEN policy.auto_confirm ELSE policy.auto_resend END) THEN
    RETURN 'not_asked';
  ELSIF NOT EXISTS (SELECT FROM reward_outbox.attempt_log a
                    WHERE a.event_id = p_event_id AND a.outcome = 'ambiguous') THEN
    RETURN 'nothing_in_doubt';
  ELSIF p_delivered AND NOT EXISTS (
    SELECT
    FROM reward_outbox.outbox o
    JOIN reward_outbox.receipts r ON r.kind = 'event' AND r.user_id = o.user_id
      AND r.trigger_id = o.trigger_id
      AND reward_outbox.comparable(r.value)
          IS NOT DISTINCT FROM reward_outbox.comparable((o.payload ->> 'value')::numeric)
    WHERE o.id = p_event_id
  ) THEN
    RETURN 'no_receipt';
  END IF;
  SELECT count(*) INTO decided
  FROM reward_outbox.operations n
  WHERE n.trigger_id = s.trigger_id
    AND n.action IN ('confirm', 'resend_unconfirmed')
    AND n.at > clock_timestamp() - interval '1 day';
  IF decided >= 20 THEN
    SELECT count(*) INTO heard
    FROM (
      SELECT
      FROM reward_outbox.receipts r
      WHERE r.received_at > clock_timestamp() - interval '1 day' AND r.kind = 'event'
        AND r.trigger_id = s.trigger_id
      LIMIT 20 * (decided + 1)
    ) h;
    IF heard < 20 * (decided + 1) THEN
      RETURN 'daily_cap';
    END IF;
  END IF;
  UPDATE reward_outbox.event_states x
  SET status = CASE WHEN p_delivered THEN 'delivered' ELSE 'pending' END::reward_outbox.event_status,
      changed_at = clock_timestamp(),
      next_attempt_at = clock_timestamp(),
      excused = x.attempts,
      blocked = CASE WHEN p_delivered THEN false ELSE x.blocked END,
      reason = CASE WHEN p_delivered THEN 'confirmed by receipts, which are evidence and not proof' END
  WHERE x.event_id = p_event_id;
  IF p_delivered THEN
    PERFORM reward_outbox.release_next(ARRAY[s.ordering_key]);
  END IF;
  PERFORM reward_outbox.record_operation(p_relay, CASE WHEN p_delivered THEN 'confirm'
                                                       ELSE 'resend_unconfirmed' END,
    p_event_id, s.trigger_id,
    format('there were %s receipts for %s requests that were applied and %s of which nobody knew; evidence, '
           'not proof',
           p_evidence ->> 'receipts', p_evidence ->> 'accepted', p_evidence ->> 'ambiguous'),
    jsonb_build_object('was', s.status, 'evidence', p_evidence));
  PERFORM reward_outbox.wake_relays();
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION reward_outbox.decide_by_receipts(uuid, boolean, text, jsonb) IS
  'A relay found in receipts that an event was applied, or was not, and its trigger has it act on that.';
