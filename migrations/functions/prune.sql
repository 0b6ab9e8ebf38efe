-- Oldest first, a batch per call, so that no lock is held for long. Unfinished events stay,
-- whatever their age. Decisions about events (retry, cancel) wait for the batch, claims do not.
CREATE OR REPLACE FUNCTION reward_outbox.prune(
  p_before timestamptz, p_after uuid, p_limit integer, OUT examined integer, OUT pruned integer,
  OUT last_id uuid
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET jit = off AS $$
DECLARE
  -- Without this bound the last batch would walk over all younger events. The second to spare is for clocks;
  -- created_at decides.
  end_id uuid := reward_outbox.event_id_at(p_before + interval '1 second');
  ids    uuid[];
BEGIN
  IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
    PERFORM reward_outbox.refuse_isolation();
  END IF;
  LOCK TABLE reward_outbox.decision_turn IN SHARE UPDATE EXCLUSIVE MODE;
  SELECT count(*), (array_agg(v.id ORDER BY v.id DESC))[1],
         -- What an open claim still names is left for later: settling the
         -- rest of that claim looks for its attempts.
         array_agg(v.id) FILTER (WHERE v.status IN ('delivered', 'dead', 'cancelled')
                                 AND NOT EXISTS (SELECT FROM reward_outbox.claims c
                                                 WHERE v.id = ANY (c.event_ids)))
  INTO examined, last_id, ids
  FROM (SELECT e.id, e.status FROM reward_outbox.events e
        WHERE (p_after IS NULL OR e.id > p_after) AND e.id < end_id AND e.created_at < p_before
        ORDER BY e.id
        LIMIT p_limit) v;
  pruned := reward_outbox.delete_events(ids);
  IF examined < p_limit THEN
    PERFORM reward_outbox.cut_chains(p_limit);
  END IF;
END
$$;
COMMENT ON FUNCTION reward_outbox.prune(timestamptz, uuid, integer) IS
  'Deletes finished events older than p_before, with their attempts: one batch, from p_after on.';
