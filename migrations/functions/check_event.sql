-- The rules of an event, one by one, so that the error can name the one that is broken: it looks like the violation of a CHECK whose name is the rule.
CREATE OR REPLACE FUNCTION reward_outbox.check_event(
  trigger_id text, user_id text, payload jsonb, idempotency_key text, ordering_key text, deliver_after timestamptz, metadata jsonb
) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
DECLARE
  payload_text CONSTANT text := payload::text;
  rule text;
BEGIN
  rule := CASE
    WHEN trigger_id IS NULL OR user_id IS NULL OR payload IS NULL THEN NULL   -- NOT NULL says it better
    WHEN octet_length(trigger_id) NOT BETWEEN 1 AND 512 THEN 'trigger_id must be 1 to 512 bytes'
    WHEN trigger_id IN ('.', '..') THEN 'trigger_id must not be . or ..'
    WHEN reward_outbox.has_control_characters(trigger_id) THEN 'trigger_id must not contain control characters'
    WHEN octet_length(user_id) NOT BETWEEN 1 AND 512 THEN 'user_id must be 1 to 512 bytes'
    WHEN user_id IN ('.', '..') THEN 'user_id must not be . or ..'
    WHEN reward_outbox.has_control_characters(user_id) THEN 'user_id must not contain control characters'
    WHEN jsonb_typeof(payload) <> 'object' THEN 'payload must be a JSON object'
    WHEN octet_length(payload_text) > 65536 THEN 'payload must be at most 64 KiB as text'
    -- 65 nested containers need 130 characters for their brackets alone; shorter documents skip the walk.
    WHEN octet_length(payload_text) >= 130 AND payload @? 'strict $.**{64 to last} ? (@.type() == "object" || @.type() == "array")'
      THEN 'payload must be nested at most 64 deep'
    WHEN jsonb_typeof(payload -> 'value') <> 'number' THEN 'payload.value must be a number'
    WHEN octet_length(idempotency_key) NOT BETWEEN 1 AND 512 THEN 'idempotency_key must be 1 to 512 bytes'
    WHEN octet_length(ordering_key) NOT BETWEEN 1 AND 512 THEN 'ordering_key must be 1 to 512 bytes'
    WHEN NOT isfinite(deliver_after) THEN 'deliver_after must be finite'
    -- From the year 1 to 9999, in seconds since 1970: every language has a type for such a time.
    WHEN deliver_after < to_timestamp(-62135596800) OR deliver_after >= to_timestamp(253402300800)
      THEN 'deliver_after must lie in the years 1 to 9999'
    WHEN octet_length(metadata::text) > 65536 THEN 'metadata must be at most 64 KiB as text'
  END;
  IF rule IS NULL THEN
    RETURN true;
  END IF;
  RAISE EXCEPTION 'new row for relation "outbox" violates check constraint "%"', rule
    USING ERRCODE = 'check_violation', SCHEMA = 'reward_outbox', TABLE = 'outbox', COLUMN = split_part(split_part(rule, ' ', 1), '.', 1), CONSTRAINT = rule;
END
$$;
COMMENT ON FUNCTION reward_outbox.check_event(text, text, jsonb, text, text, timestamptz, jsonb) IS 'The rules of an event: true, or an error (23514) that names the column and the rule.';
