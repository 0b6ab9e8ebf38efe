-- Runs with the settings of its callers.
CREATE OR REPLACE FUNCTION reward_outbox.end_leases(p_lease_ids uuid[]) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  DELETE FROM reward_outbox.claims c
  WHERE c.lease_id = ANY (p_lease_ids)
    AND NOT EXISTS (
      SELECT FROM unnest(c.event_ids, c.attempts) AS n(event_id, attempt)
      -- Not NOT EXISTS: that may become a join, which reads all attempts there are.
      WHERE (SELECT count(*) = 0
             FROM reward_outbox.attempt_log a
             WHERE a.event_id = n.event_id AND a.attempt = coalesce(n.attempt, 1)));
END
$$;
COMMENT ON FUNCTION reward_outbox.end_leases(uuid[]) IS
  'Removes claims of which every attempt is on record. One that still names another stays, until it is '
  'settled or expires.';
