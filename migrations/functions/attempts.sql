-- What people and programs read. All of it is derived: there is no status
-- column that could disagree with the record.

CREATE OR REPLACE VIEW reward_outbox.attempts AS
  SELECT a.event_id, a.attempt, a.started_at, a.duration_ms, a.outcome::text AS outcome,
         a.http_status::integer AS http_status,
         a.error_code, a.error_message, a.response_body, r.name AS relay, a.response_headers
  FROM reward_outbox.attempt_log a
  LEFT JOIN reward_outbox.relays r USING (relay_no)
UNION ALL
  -- Claims whose relay is gone and which no other relay has reaped
  -- yet: each event named there may have been sent.
  SELECT e.event_id, coalesce(e.attempt, 1), c.claimed_at, NULL, 'ambiguous', NULL,
         'lease_expired', 'its lease expired: the relay that held this event may or may not have sent it',
         NULL, r.name, NULL
  FROM reward_outbox.claims c
  CROSS JOIN LATERAL unnest(c.event_ids, c.attempts) AS e(event_id, attempt)
  LEFT JOIN reward_outbox.relays r USING (relay_no)
  WHERE c.expires_at < clock_timestamp()
    AND NOT EXISTS (SELECT FROM reward_outbox.attempt_log a
                    WHERE a.event_id = e.event_id AND a.attempt = coalesce(e.attempt, 1));
COMMENT ON VIEW reward_outbox.attempts IS
  'Every request ever sent and what came of it, its outcome.';
