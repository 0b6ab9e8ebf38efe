CREATE OR REPLACE FUNCTION reward_outbox.delete_events(p_event_ids uuid[]) RETURNS integer
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  deleted uuid[];
BEGIN
  DELETE FROM reward_outbox.attempt_log a WHERE a.event_id = ANY (p_event_ids);
  DELETE FROM reward_outbox.event_states s WHERE s.event_id = ANY (p_event_ids);
  DELETE FROM reward_outbox.retention_left l WHERE l.event_id = ANY (p_event_ids);
  WITH gone AS (
    DELETE FROM reward_outbox.outbox o WHERE o.id = ANY (p_event_ids) RETURNING o.id
  )
  SELECT array_agg(g.id) INTO deleted FROM gone g;
  PERFORM reward_outbox.chain_removal(deleted);
  RETURN coalesce(cardinality(deleted), 0);
END
$$;
COMMENT ON FUNCTION reward_outbox.delete_events(uuid[]) IS
  'Part of retain() and prune(): finished events go, with their attempts. Needs the lock of decisions.';
