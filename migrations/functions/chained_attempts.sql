-- Salts are of what is there: with them anybody can compute the digests again. Of what went there is none.
CREATE OR REPLACE FUNCTION reward_outbox.chained_attempts(
  p_event_ids uuid[], p_attempts integer[], p_outcomes text[]
) RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET jit = off AS $$
DECLARE
  secret bytea := (SELECT s.salt FROM reward_outbox.erasure_salt s);
BEGIN
  RETURN QUERY
  SELECT json_build_object(
           'type', 'attempt', 'event_id', a.event_id, 'attempt', a.attempt, 'outcome', a.outcome,
           'started_at', a.started_at AT TIME ZONE 'UTC', 'duration_ms', a.duration_ms,
           'relay_no', a.relay_no, 'http_status', a.http_status,
           'error_code', reward_outbox.legible(a.error_code),
           'error_message', reward_outbox.legible(a.error_message),
           'message_salt', reward_outbox.salt_of(secret, reward_outbox.attempt_text(a, a.error_message)),
           'message_digest', a.message_digest,
           'response_body', reward_outbox.legible(a.response_body),
           'body_salt', reward_outbox.salt_of(secret, reward_outbox.attempt_text(a, a.response_body)),
           'body_digest', a.body_digest,
           'trigger_id', reward_outbox.legible(o.trigger_id),
           'created_at', o.created_at AT TIME ZONE 'UTC',
           'source', reward_outbox.legible(o.source),
           'user_id', reward_outbox.legible(o.user_id),
           'payload', reward_outbox.legible(o.payload::text),
           'metadata', reward_outbox.legible(o.metadata::text),
           'idempotency_key', reward_outbox.legible(coalesce(o.idempotency_key, o.captured_key)),
           'ordering_key', reward_outbox.legible(o.ordering_key),
           'content_salt', reward_outbox.content_salt(secret, o),
           'content_digest', o.content_digest)::text
  FROM unnest(p_event_ids, p_attempts, p_outcomes) AS k(event_id, attempt, outcome)
  CROSS JOIN LATERAL (
    SELECT l.*
    FROM reward_outbox.attempt_log l
    WHERE l.event_id = k.event_id
      AND l.attempt = k.attempt
      AND l.outcome = k.outcome::reward_outbox.attempt_outcome
    OFFSET 0
  ) a
  LEFT JOIN reward_outbox.outbox o ON o.id = a.event_id;
END
$$;
COMMENT ON FUNCTION reward_outbox.chained_attempts(uuid[], integer[], text[]) IS
  'Attempts and their events as JSON lines with all that their hashes are made of: docs/audit.md.';
