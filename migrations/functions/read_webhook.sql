CREATE OR REPLACE FUNCTION reward_outbox.read_webhook(p_webhook jsonb)
RETURNS TABLE (webhook_id text, occurred_at timestamptz, kind text, trigger_id text, user_id text,
               value numeric)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  stated text := p_webhook ->> 'time';
BEGIN
  webhook_id := p_webhook ->> 'id';
  kind := CASE p_webhook ->> 'type'
    WHEN 'trigger_event.created' THEN 'event'
    WHEN 'balance.credit_points_issued' THEN 'credit'
    ELSE 'test'
  END;
  IF stated ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}'
              '(:[0-9]{2}(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:?[0-9]{2})$' THEN
    BEGIN
      occurred_at := stated::timestamptz;
    EXCEPTION WHEN data_exception THEN
      occurred_at := NULL;
    END;
  END IF;
  IF kind = 'event' THEN
    trigger_id := p_webhook #>> '{data,trigger,id}';
    user_id := p_webhook #>> '{data,user,id}';
    value := (p_webhook #>> '{data,value}')::numeric;
  ELSIF octet_length(p_webhook #>> '{data,user,id}') BETWEEN 1 AND 512 THEN
    user_id := p_webhook #>> '{data,user,id}';
  END IF;
  RETURN NEXT;
END
$$;
COMMENT ON FUNCTION reward_outbox.read_webhook(jsonb) IS
  'Part of receive_webhook(): what of a webhook is kept.';
