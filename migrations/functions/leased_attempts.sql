-- Inlined wherever it is called.
CREATE OR REPLACE FUNCTION reward_outbox.leased_attempts(p_lease_ids uuid[])
RETURNS TABLE (lease_id uuid, event_id uuid, attempt integer)
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT c.lease_id, n.event_id, coalesce(n.attempt, 1)
  FROM reward_outbox.claims c
  CROSS JOIN LATERAL unnest(c.event_ids, c.attempts) AS n(event_id, attempt)
  WHERE c.lease_id = ANY (p_lease_ids);
END;
COMMENT ON FUNCTION reward_outbox.leased_attempts(uuid[]) IS
  'The attempts that were claimed under some leases and not given back.';
