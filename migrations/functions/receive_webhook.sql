-- The one thing that a receiver of webhooks may do. It inserts, and changes nothing that delivery reads.
-- Whatever bytes come are kept: as a receipt, or where a person can see what is wrong with them.
CREATE OR REPLACE FUNCTION reward_outbox.receive_webhook(
  p_body bytea, OUT received text, OUT delay_ms double precision
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET DateStyle = 'ISO, MDY'
SET TimeZone = 'UTC' AS $$
DECLARE
  webhook  jsonb;
  receipt  record;
  problem  text;
BEGIN
  -- What is acknowledged must survive a crash, whatever the database or the role says.
  IF current_setting('synchronous_commit') = 'off' THEN
    PERFORM set_config('synchronous_commit', 'on', true);
  END IF;
  BEGIN
    webhook := convert_from(p_body, 'UTF8')::jsonb;
    problem := reward_outbox.webhook_problem(webhook);
  EXCEPTION
    WHEN data_exception OR program_limit_exceeded OR character_not_in_repertoire
      OR untranslatable_character THEN
      problem := 'it is no JSON that this database can hold: ' || SQLERRM;
  END;
  IF problem IS NULL THEN
    INSERT INTO reward_outbox.receipts AS r (webhook_id, occurred_at, kind, trigger_id, user_id, value)
    SELECT w.webhook_id, w.occurred_at, w.kind, w.trigger_id, w.user_id, w.value
    FROM reward_outbox.read_webhook(webhook) w
    ON CONFLICT (webhook_id) DO NOTHING
    RETURNING r.kind, r.received_at, r.occurred_at INTO receipt;
    IF FOUND THEN
      received := 'recorded';
      IF receipt.kind = 'event' THEN
        delay_ms := date_part('epoch', receipt.received_at - receipt.occurred_at) * 1000;
      END IF;
      RETURN;
    END IF;
    PERFORM
    FROM reward_outbox.receipts r, reward_outbox.read_webhook(webhook) w
    WHERE r.webhook_id = w.webhook_id
      AND (r.kind, r.trigger_id, r.user_id, r.value) IS NOT DISTINCT FROM (w.kind, w.trigger_id, w.user_id,
                                                                           w.value);
    IF FOUND THEN
      received := 'known';
      RETURN;
    END IF;
    problem := 'another webhook with this id came before it';
  END IF;
  INSERT INTO reward_outbox.receipt_quarantine AS q (digest, reason, body)
  VALUES (sha256(p_body), problem, substring(p_body FROM 1 FOR 16384))
  ON CONFLICT (digest) DO UPDATE
  SET times = least(q.times, 2147483646) + 1, last_at = clock_timestamp();
  DELETE FROM reward_outbox.receipt_quarantine q
  WHERE q.quarantine_no <= (SELECT max(l.quarantine_no) FROM reward_outbox.receipt_quarantine l) - 1000;
  received := 'quarantined';
END
$$;
COMMENT ON FUNCTION reward_outbox.receive_webhook(bytea) IS
  'Keeps a webhook of Reward: recorded, known (it came before), or quarantined (its shape is not known). '
  'Does nothing else. delay_ms: since it happened, as Reward says; null: not a new event, or no time.';
