-- Captured events may share a key, because no writer waits for another. Relays read one after the
-- other: what is read first keeps the key. Read before an event of a look is what was visible to the
-- look before, what that look has been read through, and what comes earlier in this one. All of another epoch
-- was read when the database was adopted; its transaction ids may be those of another server.
CREATE OR REPLACE FUNCTION reward_outbox.twin_read_before(
  p_id uuid, p_xid xid8, p_seq bigint, p_epoch integer, p_read_through pg_snapshot, p_look pg_snapshot
) RETURNS reward_outbox.twin
LANGUAGE plpgsql STABLE AS $$
DECLARE
  twin record;
BEGIN
  SELECT q.id, q.trigger_id <> o.trigger_id AS other_trigger, q.user_id <> o.user_id AS other_user,
         q.payload <> o.payload AS other_payload, q.source
  INTO twin
  FROM reward_outbox.outbox o
  CROSS JOIN LATERAL (
    SELECT c.* FROM reward_outbox.outbox c WHERE c.captured_key = o.captured_key
    UNION ALL
    SELECT e.* FROM reward_outbox.outbox e WHERE e.idempotency_key = o.captured_key
  ) q
  LEFT JOIN reward_outbox.event_states s ON s.event_id = q.id
  WHERE o.id = p_id AND q.id <> p_id
    AND (q.epoch <> p_epoch OR pg_visible_in_snapshot(q.xid, p_read_through)
         OR pg_visible_in_snapshot(q.xid, p_look) AND (q.xid, q.seq) < (p_xid, p_seq))
  ORDER BY s.duplicate_of IS NOT NULL, q.epoch = p_epoch, CASE WHEN q.epoch = p_epoch THEN q.xid END, q.seq
  LIMIT 1;
  IF twin.other_trigger OR twin.other_user THEN
    -- A key that two business facts share would swallow the second: a person has to see that.
    RETURN ROW(format('its idempotency key is that of %s, an event of another %s%s: make the keys differ, '
                      'then retry it', twin.id,
      CASE WHEN twin.other_trigger THEN 'trigger' ELSE 'user' END,
        coalesce(' (watch ' || twin.source || ')', '')), NULL::uuid)::reward_outbox.twin;
  ELSIF twin.id IS NOT NULL THEN
    RETURN ROW(format('duplicate of %s, which has the same idempotency key%s', twin.id,
      CASE WHEN twin.other_payload THEN ' and another payload' ELSE '' END), twin.id)::reward_outbox.twin;
  END IF;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION reward_outbox.twin_read_before(uuid, xid8, bigint, integer, pg_snapshot, pg_snapshot) IS
  'Part of claim(): why a captured event is not sent, because its key was read before; null: it is the '
  'first.';
