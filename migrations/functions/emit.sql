CREATE OR REPLACE FUNCTION reward_outbox.emit(
  trigger_id      text,
  user_id         text,
  payload         jsonb       DEFAULT '{}',
  idempotency_key text        DEFAULT NULL,
  ordering_key    text        DEFAULT NULL,
  deliver_after   timestamptz DEFAULT NULL,
  metadata        jsonb       DEFAULT NULL,
  wait            boolean     DEFAULT true
) RETURNS uuid
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  event_id uuid;
  earlier  record;
  caller   CONSTANT name := coalesce(nullif(current_setting('role'), 'none'), session_user);
  -- Otherwise not under the unique index, as what watches capture: of events that are written at the same
  -- moment, the claim sends the one that is read first and says of the others which it was.
  waits    CONSTANT boolean := emit.wait IS NOT FALSE OR emit.idempotency_key IS NULL;
BEGIN
  IF waits OR NOT EXISTS (SELECT FROM reward_outbox.outbox o
                          WHERE o.idempotency_key = emit.idempotency_key
                             OR o.captured_key = emit.idempotency_key) THEN
    INSERT INTO reward_outbox.outbox AS o (trigger_id, user_id, payload, idempotency_key, captured_key,
                                           ordering_key, deliver_after, metadata)
    VALUES (emit.trigger_id, emit.user_id, coalesce(emit.payload, '{}'),
            CASE WHEN waits THEN emit.idempotency_key END,
            CASE WHEN NOT waits THEN emit.idempotency_key END,
            emit.ordering_key, emit.deliver_after,
            CASE WHEN current_setting('reward_outbox.traceparent', true) <> ''
                 THEN reward_outbox.with_trace(emit.metadata) ELSE emit.metadata END)
    ON CONFLICT (idempotency_key) DO NOTHING
    RETURNING o.id INTO event_id;
    IF event_id IS NOT NULL THEN
      RETURN event_id;
    END IF;
  END IF;

  SELECT o.id, o.trigger_id = emit.trigger_id AND o.user_id = emit.user_id
         AND o.payload = coalesce(emit.payload, '{}') AS same
  INTO earlier
  FROM reward_outbox.outbox o
  WHERE o.idempotency_key = emit.idempotency_key
     OR NOT waits AND o.captured_key = emit.idempotency_key
  ORDER BY o.epoch, o.xid, o.seq
  LIMIT 1;
  IF earlier.same THEN
    RETURN earlier.id;
  END IF;
  RAISE EXCEPTION 'idempotency_key % was already used for another event', quote_literal(emit.idempotency_key)
    USING ERRCODE = 'unique_violation', SCHEMA = 'reward_outbox', TABLE = 'outbox',
      COLUMN = 'idempotency_key', CONSTRAINT = 'outbox_idempotency_key',
          -- Keys are easily guessed, and whoever may only write is told
          -- nothing of an event that somebody else may have written.
          DETAIL = format('The first event with this key%s; its trigger_id, user_id or payload differs.',
                          CASE WHEN earlier.id IS NULL THEN ' is gone by now'
                               WHEN has_table_privilege(caller, 'reward_outbox.events', 'SELECT') THEN ' is '
                                 || earlier.id
                               ELSE ' is not this one' END),
          HINT = 'Use a key that names the business fact, such as order-4711-paid, and the same values each '
                 'time.';
END
$$;
COMMENT ON FUNCTION reward_outbox.emit(text, text, jsonb, text, text, timestamptz, jsonb, boolean) IS
  'Writes one event in the calling transaction and returns its id. A second call with the same '
  'idempotency_key adds nothing and returns the first id; with other values it fails (23505). With '
  'wait => false no transaction waits for another because of the key.';
