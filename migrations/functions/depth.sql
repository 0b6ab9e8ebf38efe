CREATE OR REPLACE VIEW reward_outbox.depth AS
  SELECT 'pending'::text AS status, count(*) AS events,
         min(coalesce(u.deliver_after, u.created_at)) AS oldest_due_at
  FROM reward_outbox.unread u
  WHERE NOT EXISTS (SELECT FROM reward_outbox.event_states s WHERE s.event_id = u.id)
UNION ALL
  SELECT s.status::text, count(*), min(s.next_attempt_at) FILTER (WHERE s.status = 'pending')
  FROM reward_outbox.event_states s WHERE s.status <> 'sending' GROUP BY s.status
UNION ALL
  SELECT 'sending', count(*), NULL
  FROM reward_outbox.claims c CROSS JOIN LATERAL unnest(c.event_ids, c.attempts) AS e(event_id, attempt)
  WHERE NOT EXISTS (SELECT FROM reward_outbox.attempt_log a
                    WHERE a.event_id = e.event_id AND a.attempt = coalesce(e.attempt, 1));
COMMENT ON VIEW reward_outbox.depth IS
  'How many events are in each status but delivered, without touching what was delivered. A status may have '
  'several rows: add them up.';
