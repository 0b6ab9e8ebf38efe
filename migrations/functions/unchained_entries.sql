CREATE OR REPLACE FUNCTION reward_outbox.unchained_entries() RETURNS TABLE (chain text, kind text, body text)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET jit = off AS $$
DECLARE
  secret CONSTANT bytea := (SELECT s.salt FROM reward_outbox.erasure_salt s);
BEGIN
  RETURN QUERY
  SELECT 'relay-' || u.relay_no, 'attempts', l.lines
  FROM reward_outbox.unchained_attempts u
  CROSS JOIN LATERAL (
    SELECT string_agg(reward_outbox.attempt_line(secret, a, o), E'\n') AS lines
    FROM unnest(u.event_ids, u.attempts) AS k(event_id, attempt)
    CROSS JOIN LATERAL (
      SELECT n.*
      FROM reward_outbox.attempt_log n
      WHERE n.event_id = k.event_id AND n.attempt = k.attempt AND n.outcome = u.outcome
      OFFSET 0
    ) a
    LEFT JOIN reward_outbox.outbox o ON o.id = a.event_id
  ) l
  WHERE l.lines IS NOT NULL
  ORDER BY u.batch_no;
END
$$;
COMMENT ON FUNCTION reward_outbox.unchained_entries() IS
  'What the chains will list of the attempts that are on record and in no chain yet.';
