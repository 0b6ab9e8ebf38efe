CREATE OR REPLACE VIEW reward_outbox.events AS
  SELECT o.id, o.trigger_id, o.user_id, o.payload,
         CASE WHEN s.event_id IS NOT NULL THEN s.status::text
              WHEN a.accepted THEN 'delivered'
              WHEN c.read THEN 'sending'
              ELSE 'pending' END AS status,
         coalesce(s.attempts, a.attempts,
           CASE WHEN c.read THEN 1 ELSE 0 END) AS attempts,
         o.created_at,
         CASE WHEN s.event_id IS NOT NULL THEN CASE WHEN s.status = 'pending' THEN s.next_attempt_at END
              WHEN a.accepted IS NOT TRUE THEN coalesce(o.deliver_after, o.created_at) END AS next_attempt_at,
         CASE WHEN s.event_id IS NULL AND a.accepted
              THEN a.started_at + a.duration_ms * interval '1 millisecond'
              WHEN s.status = 'delivered' THEN s.changed_at END AS delivered_at,
         a.outcome AS last_outcome, a.http_status::integer AS last_http_status,
         CASE WHEN s.reason IS NOT NULL THEN s.reason
              WHEN a.error_code IS NOT NULL THEN a.error_code || coalesce(': ' || a.error_message, '')
                ELSE a.error_message END AS last_error,
         coalesce(o.idempotency_key, o.captured_key) AS idempotency_key, o.ordering_key, o.metadata, o.source
  FROM reward_outbox.outbox o
  CROSS JOIN reward_outbox.head_now h
  LEFT JOIN reward_outbox.event_states s ON s.event_id = o.id
  LEFT JOIN LATERAL (
    SELECT l.outcome = 'accepted' AS accepted, max(l.attempt) OVER () AS attempts, l.started_at,
           l.duration_ms,
           l.outcome::text AS outcome, l.http_status, l.error_code, l.error_message
    FROM reward_outbox.attempt_log l WHERE l.event_id = o.id
    ORDER BY l.outcome = 'accepted' DESC, l.attempt DESC, l.started_at DESC LIMIT 1
  ) a ON true
  CROSS JOIN LATERAL (
    -- Read, and nothing is on record of it: a claim holds it. Where the
    -- position says nothing, the claim itself has to.
    SELECT CASE WHEN h.holds AND o.epoch = h.epoch
                THEN pg_visible_in_snapshot(o.xid, h.read_through)
                     OR (h.reading IS NOT NULL AND pg_visible_in_snapshot(o.xid, h.reading)
                         AND (o.xid, o.seq) <= (h.last_xid, h.last_seq))
                ELSE EXISTS (SELECT FROM reward_outbox.claims k WHERE o.id = ANY (k.event_ids)) END AS read
  ) c;
-- In another encoding than UTF-8 there may be bytes for which no client has a character: such a row would
-- fail every listing that it is in. There, foreign texts are read by readable(), which shows them in hex. It
-- takes an index from nobody but who looks for a user in this view, in such a database.
DO $$
BEGIN
  IF pg_catalog.getdatabaseencoding() <> 'UTF8' THEN
    EXECUTE (
      SELECT pg_catalog.format(
               'CREATE OR REPLACE VIEW reward_outbox.events AS SELECT %s FROM (%s) v',
               pg_catalog.string_agg(
                 pg_catalog.format(
                   CASE WHEN a.attname IN ('payload', 'metadata')
                        THEN 'reward_outbox.readable(v.%1$I::text, repeat(chr(92), 2))::jsonb AS %1$I'
                        WHEN a.attname IN ('trigger_id', 'user_id', 'idempotency_key', 'ordering_key',
                                           'last_error')
                        THEN 'reward_outbox.readable(v.%1$I) AS %1$I'
                        ELSE 'v.%1$I' END, a.attname),
                 ', ' ORDER BY a.attnum),
               pg_catalog.rtrim(pg_catalog.pg_get_viewdef(a.attrelid), ';'))
      FROM pg_catalog.pg_attribute a
      WHERE a.attrelid = 'reward_outbox.events'::pg_catalog.regclass AND a.attnum > 0
      GROUP BY a.attrelid);
  END IF;
END
$$;
COMMENT ON VIEW reward_outbox.events IS
  'One row for every event ever written, until pruned, and where it stands.';
COMMENT ON COLUMN reward_outbox.events.status IS
  'pending (new, or waiting for a retry), sending (claimed), delivered, dead, uncertain, cancelled.';
COMMENT ON COLUMN reward_outbox.events.attempts IS 'Attempts begun, the one under way included.';
COMMENT ON COLUMN reward_outbox.events.next_attempt_at IS
  'Not before this time; null: nothing further will be tried by itself.';
COMMENT ON COLUMN reward_outbox.events.delivered_at IS
  'When Reward''s acceptance was known, or when a person resolved it as delivered.';
