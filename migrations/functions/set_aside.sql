CREATE OR REPLACE FUNCTION reward_outbox.set_aside(p_event_id uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off AS $$
DECLARE
  problem CONSTANT text := reward_outbox.unsendable(p_event_id);
  ended   text;
BEGIN
  IF problem IS NULL THEN
    RETURN false;
  END IF;
  INSERT INTO reward_outbox.event_states AS s (event_id, seq, next_attempt_at, bytes, status, trigger_id,
                                               ordering_key, reason)
  SELECT o.id, o.seq, clock_timestamp(), 0, 'dead', reward_outbox.readable(o.trigger_id), o.ordering_key,
         problem
  FROM reward_outbox.outbox o
  WHERE o.id = p_event_id
  ON CONFLICT (event_id) DO UPDATE
  SET status = 'dead', blocked = false, reason = excluded.reason, changed_at = clock_timestamp()
  WHERE s.status = 'pending'
  RETURNING s.ordering_key INTO ended;
  IF ended IS NOT NULL THEN
    PERFORM reward_outbox.release_next(ARRAY[ended]);
  END IF;
  RETURN true;
END
$$;
COMMENT ON FUNCTION reward_outbox.set_aside(uuid) IS
  'Part of claim(): an event that cannot be sent because of what it holds ends as dead, with the reason. '
  'False: it can be sent.';
