-- Inlined wherever it is called: it runs with the search path of its callers. It is called for every attempt
-- that is recorded, so it costs as little as it can: two hashes, of a salt and of what the event holds.
CREATE OR REPLACE FUNCTION reward_outbox.attempt_line(
  p_secret bytea, a reward_outbox.attempt_log, o reward_outbox.outbox
) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT concat_ws(
    ' ', (a).event_id, (a).attempt, (a).outcome, to_json((a).started_at AT TIME ZONE 'UTC'),
    coalesce((a).duration_ms::text, '-'), (a).relay_no, coalesce((a).http_status::text, '-'),
    coalesce((o).content_digest, reward_outbox.content_digest(p_secret, o)),
    coalesce((a).message_digest,
             CASE WHEN (a).error_message IS NOT NULL
                  THEN reward_outbox.salted_digest(p_secret, reward_outbox.attempt_text(a, (a).error_message))
             END, '-'),
    coalesce((a).body_digest,
             CASE WHEN (a).response_body IS NOT NULL
                  THEN reward_outbox.salted_digest(p_secret, reward_outbox.attempt_text(a, (a).response_body))
             END, '-'),
    coalesce(to_json(reward_outbox.legible((a).error_code))::text, '-'),
    reward_outbox.legible((o).trigger_id))
$$;
COMMENT ON FUNCTION reward_outbox.attempt_line(bytea, reward_outbox.attempt_log, reward_outbox.outbox) IS
  'The line that stands for an attempt and its event in a chain: docs/audit.md.';
