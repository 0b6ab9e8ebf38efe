-- What people and programs read. All of it is derived: there is no status column that could disagree with the record.

CREATE VIEW reward_outbox.attempts AS
  SELECT a.event_id, a.attempt, a.started_at, a.duration_ms, a.outcome::text AS outcome, a.http_status::integer AS http_status,
         a.error_code, a.error_message, a.response_body, r.name AS relay
  FROM reward_outbox.attempt_log a
  LEFT JOIN reward_outbox.relays r USING (relay_no)
UNION ALL
  -- Claims whose relay is gone and which no other relay has written off yet: each event named there may have been sent.
  SELECT e.event_id, coalesce(e.attempt, 1), c.claimed_at, NULL, 'ambiguous', NULL,
         'lease_expired', 'the relay that held this event went silent; it may or may not have been sent', NULL, r.name
  FROM reward_outbox.claims c
  CROSS JOIN LATERAL unnest(c.event_ids, c.attempts) AS e(event_id, attempt)
  LEFT JOIN reward_outbox.relays r USING (relay_no)
  WHERE c.expires_at < clock_timestamp()
    AND NOT EXISTS (SELECT FROM reward_outbox.attempt_log a WHERE a.event_id = e.event_id AND a.attempt = coalesce(e.attempt, 1));
COMMENT ON VIEW reward_outbox.attempts IS 'Every request ever sent and what came of it: accepted, refused, not_sent or ambiguous.';

CREATE VIEW reward_outbox.head_now AS
  SELECT h.position_no, h.moved_at, h.read_through, h.reading, h.last_xid, h.last_seq, i.epoch
  FROM reward_outbox.installation i, (SELECT * FROM reward_outbox.head ORDER BY position_no DESC LIMIT 1) h
  -- True of its only row. With it an index leads there: a sequential scan, where those are switched off, counts as so expensive up to
  -- PostgreSQL 17 that all plans around it look alike, and a lookup of one event may come out as a sort of them all.
  WHERE i.only_row;
COMMENT ON VIEW reward_outbox.head_now IS 'How far the outbox has been read: the newest row of head.';

CREATE VIEW reward_outbox.unread AS
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

CREATE VIEW reward_outbox.events AS
  SELECT o.id, o.trigger_id, o.user_id, o.payload,
         CASE WHEN s.event_id IS NOT NULL THEN s.status::text
              WHEN a.accepted THEN 'delivered'
              WHEN o.epoch < h.epoch OR pg_visible_in_snapshot(o.xid, h.read_through)
                OR (h.reading IS NOT NULL AND pg_visible_in_snapshot(o.xid, h.reading) AND (o.xid, o.seq) <= (h.last_xid, h.last_seq)) THEN 'sending'
              ELSE 'pending' END AS status,
         coalesce(s.attempts, a.attempts,
           CASE WHEN o.epoch < h.epoch OR pg_visible_in_snapshot(o.xid, h.read_through)
                  OR (h.reading IS NOT NULL AND pg_visible_in_snapshot(o.xid, h.reading) AND (o.xid, o.seq) <= (h.last_xid, h.last_seq))
                THEN 1 ELSE 0 END) AS attempts,
         o.created_at,
         CASE WHEN s.event_id IS NOT NULL THEN CASE WHEN s.status = 'pending' THEN s.next_attempt_at END
              WHEN a.accepted IS NOT TRUE THEN coalesce(o.deliver_after, o.created_at) END AS next_attempt_at,
         CASE WHEN s.event_id IS NULL AND a.accepted THEN a.started_at + a.duration_ms * interval '1 millisecond'
              WHEN s.status = 'delivered' THEN s.changed_at END AS delivered_at,
         a.outcome AS last_outcome, a.http_status::integer AS last_http_status,
         CASE WHEN s.reason IS NOT NULL THEN s.reason
              WHEN a.error_code IS NOT NULL THEN a.error_code || coalesce(': ' || a.error_message, '') ELSE a.error_message END AS last_error,
         o.idempotency_key, o.ordering_key, o.metadata, o.source
  FROM reward_outbox.outbox o
  CROSS JOIN reward_outbox.head_now h
  LEFT JOIN reward_outbox.event_states s ON s.event_id = o.id
  LEFT JOIN LATERAL (
    SELECT l.outcome = 'accepted' AS accepted, max(l.attempt) OVER () AS attempts, l.started_at, l.duration_ms,
           l.outcome::text AS outcome, l.http_status, l.error_code, l.error_message
    FROM reward_outbox.attempt_log l WHERE l.event_id = o.id
    ORDER BY l.outcome = 'accepted' DESC, l.attempt DESC, l.started_at DESC LIMIT 1
  ) a ON true;
COMMENT ON VIEW reward_outbox.events IS 'One row for every event ever written, until pruned, and where it stands.';
COMMENT ON COLUMN reward_outbox.events.status IS 'pending (new, or waiting for a retry), sending (claimed), delivered, dead, uncertain, cancelled.';
COMMENT ON COLUMN reward_outbox.events.attempts IS 'Attempts begun, the one under way included.';
COMMENT ON COLUMN reward_outbox.events.next_attempt_at IS 'Not before this time; null: nothing further will be tried by itself.';
COMMENT ON COLUMN reward_outbox.events.delivered_at IS 'When Reward''s acceptance was known, or when a person resolved it as delivered.';

CREATE VIEW reward_outbox.depth AS
  SELECT 'pending'::text AS status, count(*) AS events, min(coalesce(u.deliver_after, u.created_at)) AS oldest_due_at
  FROM reward_outbox.unread u WHERE NOT EXISTS (SELECT FROM reward_outbox.event_states s WHERE s.event_id = u.id)
UNION ALL
  SELECT s.status::text, count(*), min(s.next_attempt_at) FILTER (WHERE s.status = 'pending')
  FROM reward_outbox.event_states s WHERE s.status <> 'sending' GROUP BY s.status
UNION ALL
  SELECT 'sending', count(*), NULL
  FROM reward_outbox.claims c CROSS JOIN LATERAL unnest(c.event_ids, c.attempts) AS e(event_id, attempt)
  WHERE NOT EXISTS (SELECT FROM reward_outbox.attempt_log a WHERE a.event_id = e.event_id AND a.attempt = coalesce(e.attempt, 1));
COMMENT ON VIEW reward_outbox.depth IS 'How many events are in each status but delivered, without touching what was delivered. A status may have several rows: add them up.';
