-- Inlined wherever it is called: it runs with the search path of its callers.
CREATE OR REPLACE FUNCTION reward_outbox.decision_line(p_secret bytea, n reward_outbox.operations)
RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT concat_ws(
    ' ', (n).operation_no, to_json((n).at AT TIME ZONE 'UTC'), coalesce((n).event_id::text, '-'),
    coalesce((n).run_no::text, '-'),
    coalesce((n).texts_digest, reward_outbox.salted_digest(p_secret, reward_outbox.decision_text(n)), '-'),
    (n).action, to_json(reward_outbox.legible((n).actor)),
    coalesce(reward_outbox.legible((n).trigger_id), '-'))
$$;
COMMENT ON FUNCTION reward_outbox.decision_line(bytea, reward_outbox.operations) IS
  'The line that stands for a decision in a chain: docs/audit.md.';
