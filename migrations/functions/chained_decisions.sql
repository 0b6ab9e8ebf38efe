CREATE OR REPLACE FUNCTION reward_outbox.chained_decisions(p_operation_nos bigint[]) RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off AS $$
DECLARE
  secret bytea := (SELECT s.salt FROM reward_outbox.erasure_salt s);
BEGIN
  RETURN QUERY
  SELECT json_build_object(
           'type', 'decision', 'operation_no', n.operation_no, 'at', n.at AT TIME ZONE 'UTC',
           'actor', reward_outbox.legible(n.actor), 'action', n.action, 'event_id', n.event_id,
           'trigger_id', reward_outbox.legible(n.trigger_id), 'run_no', n.run_no,
           'reason', reward_outbox.legible(n.reason), 'detail', reward_outbox.legible(n.detail::text),
           'texts_salt', reward_outbox.salt_of(secret, reward_outbox.decision_text(n)),
           'texts_digest', n.texts_digest)::text
  FROM reward_outbox.operations n
  WHERE n.operation_no = ANY (p_operation_nos);
END
$$;
COMMENT ON FUNCTION reward_outbox.chained_decisions(bigint[]) IS
  'Decisions as JSON lines with all that their hashes are made of: docs/audit.md.';
