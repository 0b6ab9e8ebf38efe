CREATE OR REPLACE FUNCTION reward_outbox.tidy() RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off AS $$
DECLARE
  shown timestamptz;
BEGIN
  -- First, while no row is locked: after a burst it takes a while.
  PERFORM reward_outbox.merge_metadata();

  DELETE FROM reward_outbox.head
  WHERE position_no < (SELECT max(h.position_no) FROM reward_outbox.head h);

  SELECT c.seen_at INTO shown FROM reward_outbox.clock c;
  IF shown > clock_timestamp() + interval '5 seconds' THEN
    PERFORM reward_outbox.clock_went_back(shown);
  END IF;
  UPDATE reward_outbox.clock c
  SET seen_at = clock_timestamp()
  WHERE c.seen_at NOT BETWEEN clock_timestamp() - interval '2 seconds' AND clock_timestamp();
END
$$;
COMMENT ON FUNCTION reward_outbox.tidy() IS
  'Removes the older steps of the head, merges what was written into the index of metadata, and notices when '
  'the clock was set back.';
