-- An event can be known as accepted before it was read: an operator retried it, or a relay remembers what
-- a failover took from the database. It has a row, or the claim that comes to read it would send it again.
-- A claim under way at the same time has seen the row that was there before. Runs with the settings of its
-- caller.
CREATE OR REPLACE FUNCTION reward_outbox.keep_unread(p_event_ids uuid[]) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  INSERT INTO reward_outbox.event_states (event_id, seq, next_attempt_at, attempts, bytes, status, trigger_id,
                                          ordering_key)
  SELECT o.id, o.seq, clock_timestamp(),
         (SELECT max(a.attempt) FROM reward_outbox.attempt_log a WHERE a.event_id = o.id),
         reward_outbox.event_bytes(o.payload::text, o.user_id, o.trigger_id), 'delivered', o.trigger_id,
         o.ordering_key
  FROM reward_outbox.outbox o
  CROSS JOIN reward_outbox.head_now h
  WHERE o.id = ANY (p_event_ids)
    AND o.epoch = h.epoch
    AND NOT pg_visible_in_snapshot(o.xid, h.read_through)
    AND (h.reading IS NULL OR NOT pg_visible_in_snapshot(o.xid, h.reading)
         OR (o.xid, o.seq) > (h.last_xid, h.last_seq))
  ON CONFLICT (event_id) DO NOTHING;
END
$$;
COMMENT ON FUNCTION reward_outbox.keep_unread(uuid[]) IS
  'Part of settle_accepted() and testify(): of events that were accepted, those that no claim has read yet '
  'have a row.';
