-- Takes the locks of no row. Where somebody else merges just now, VACUUM for instance, nothing is left to do.
CREATE OR REPLACE FUNCTION reward_outbox.merge_metadata() RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '100ms' AS $$
BEGIN
  PERFORM gin_clean_pending_list(c.oid)
  FROM pg_class c
  JOIN pg_am a ON a.oid = c.relam AND a.amname = 'gin'
  WHERE c.oid = to_regclass('reward_outbox.outbox_metadata');
EXCEPTION WHEN lock_not_available THEN
  NULL;
END
$$;
COMMENT ON FUNCTION reward_outbox.merge_metadata() IS
  'Part of tidy(): merges the metadata of new events into the index by which they are searched.';
