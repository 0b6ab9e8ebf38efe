CREATE OR REPLACE VIEW reward_outbox.unread AS
  SELECT o.id, o.xid, o.seq, o.trigger_id, o.created_at, o.deliver_after
  FROM reward_outbox.head_now h
  CROSS JOIN LATERAL (
    SELECT n.* FROM reward_outbox.outbox n WHERE n.epoch = h.epoch AND n.xid >= pg_snapshot_xmax(h.read_through)
    UNION ALL
    -- OFFSET 0 keeps the planner from turning this into a join over the whole outbox: it takes the few running transactions for many.
    SELECT late.* FROM pg_snapshot_xip(h.read_through) AS running(xid)
    CROSS JOIN LATERAL (SELECT n.* FROM reward_outbox.outbox n WHERE n.epoch = h.epoch AND n.xid = running.xid OFFSET 0) late
  ) o
  WHERE h.reading IS NULL OR NOT pg_visible_in_snapshot(o.xid, h.reading) OR (o.xid, o.seq) > (h.last_xid, h.last_seq);
COMMENT ON VIEW reward_outbox.unread IS 'Committed events that no relay has read yet. A cancelled one among them also has a row in event_states.';
