CREATE OR REPLACE VIEW reward_outbox.unread AS
  SELECT o.id, o.xid, o.seq, o.trigger_id, o.created_at, o.deliver_after
  FROM reward_outbox.head_now h
  CROSS JOIN LATERAL (
    SELECT n.*
    FROM reward_outbox.outbox n
    WHERE n.epoch = h.epoch AND n.xid >= pg_snapshot_xmax(h.read_through)
    UNION ALL
    -- OFFSET 0 keeps the planner from turning this into a join over the
    -- whole outbox: it takes the few running transactions for many.
    SELECT late.* FROM pg_snapshot_xip(h.read_through) AS running(xid)
    CROSS JOIN LATERAL (SELECT n.*
                        FROM reward_outbox.outbox n
                        WHERE n.epoch = h.epoch AND n.xid = running.xid
                        OFFSET 0) late
  ) o
  WHERE h.holds
    AND (h.reading IS NULL OR NOT pg_visible_in_snapshot(o.xid, h.reading)
         OR (o.xid, o.seq) > (h.last_xid, h.last_seq))
    AND (NOT h.in_doubt OR NOT EXISTS (SELECT FROM reward_outbox.attempt_log a
                                       WHERE a.event_id = o.id AND a.outcome = 'accepted'))
UNION ALL
  -- Where the position says nothing, or nothing about these events, what left no trace has not
  -- been read: nothing is called delivered that was not. Slow, and until it is adopted only.
  SELECT o.id, o.xid, o.seq, o.trigger_id, o.created_at, o.deliver_after
  FROM (SELECT p.holds
        FROM reward_outbox.head_now p
        WHERE NOT p.holds OR EXISTS (SELECT FROM reward_outbox.foreign_epochs)
        OFFSET 0) h
  CROSS JOIN LATERAL (
    SELECT n.* FROM reward_outbox.outbox n
    WHERE (NOT h.holds OR n.epoch IN (SELECT f.epoch FROM reward_outbox.foreign_epochs f))
      AND NOT EXISTS (SELECT FROM reward_outbox.attempt_log a WHERE a.event_id = n.id)
      AND NOT EXISTS (SELECT FROM (SELECT unnest(c.event_ids) AS id FROM reward_outbox.claims c) k
                      WHERE k.id = n.id)
    OFFSET 0
  ) o;
COMMENT ON VIEW reward_outbox.unread IS
  'Committed events that no relay has read yet. A cancelled one among them also has a row in event_states.';
