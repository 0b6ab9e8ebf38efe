CREATE OR REPLACE FUNCTION reward_outbox.prune_watch_errors(p_before timestamptz) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  pruned bigint;
BEGIN
  DELETE FROM reward_outbox.watch_errors w WHERE w.resolved_at < p_before;
  GET DIAGNOSTICS pruned = ROW_COUNT;
  RETURN pruned;
END
$$;
COMMENT ON FUNCTION reward_outbox.prune_watch_errors(timestamptz) IS
  'Deletes errors that were resolved before a time. Unresolved ones stay.';
