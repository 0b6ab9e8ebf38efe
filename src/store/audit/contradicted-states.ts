/**
 * States that nothing on record leads to. A state is not in a chain itself: it follows from attempts and decisions,
 * which are. Each must have the last word of a person or of Reward behind it:
 *
 * - delivered: an accepted attempt, or that somebody resolved or receipts confirmed it;
 * - cancelled: that somebody cancelled it, by itself or at an adoption, or a twin with its key;
 * - uncertain: an ambiguous attempt. dead: an attempt, or something in the event itself;
 * - sending: a claim. None: an accepted attempt, a claim, or that no relay has come to it yet.
 *
 * Whoever was accepted, or ended by a decision, has another state only by a later decision. What failed may be pending
 * or dead: which, the attempt does not say.
 */
export const CONTRADICTED_STATES = `
DECLARE states NO SCROLL CURSOR FOR
SELECT 'state' AS type, o.id AS event_id, s.status::text AS status
FROM reward_outbox.outbox o
LEFT JOIN reward_outbox.event_states s ON s.event_id = o.id
LEFT JOIN (
  SELECT a.event_id, bool_or(a.outcome = 'accepted') AS accepted, bool_or(a.outcome = 'ambiguous') AS ambiguous,
         max(a.started_at) AS at
  FROM reward_outbox.attempt_log a
  GROUP BY a.event_id
) t ON t.event_id = o.id
LEFT JOIN (
  SELECT DISTINCT ON (n.event_id) n.event_id, n.at, n.action = 'cancel' AS cancelled,
         n.action = 'confirm' OR n.action = 'resolve' AND n.detail ->> 'as' IS DISTINCT FROM 'not-delivered' AS delivered
  FROM reward_outbox.operations n
  WHERE n.event_id IS NOT NULL AND n.action IN ('retry', 'cancel', 'resolve', 'confirm', 'resend_unconfirmed')
  ORDER BY n.event_id, n.operation_no DESC
) d ON d.event_id = o.id
LEFT JOIN (
  SELECT c.lease_id, unnest(c.event_ids) AS event_id, c.from_head FROM reward_outbox.claims c
) c ON c.event_id = o.id AND (c.from_head OR c.lease_id = s.lease_id)
WHERE ($1::timestamptz IS NULL OR o.created_at >= $1 OR t.at >= $1 OR d.at >= $1)
  AND CASE
    WHEN s.event_id IS NULL THEN
      t.accepted IS NOT TRUE AND c.event_id IS NULL
      AND (d.cancelled OR d.delivered
           OR (SELECT v.status FROM reward_outbox.events v WHERE v.id = o.id) = 'sending')
    WHEN s.status = 'delivered' THEN t.accepted IS NOT TRUE AND d.delivered IS NOT TRUE
    WHEN s.status = 'cancelled' THEN
      d.cancelled IS NOT TRUE
      AND (o.captured_key IS NULL OR s.duplicate_of IS NULL)
      AND NOT EXISTS (
        SELECT FROM reward_outbox.operations n
        WHERE n.action = 'adopt' AND (n.detail ->> 'cancelled')::bigint > 0 AND (d.at IS NULL OR n.at > d.at))
    WHEN d.cancelled OR d.delivered OR t.accepted AND d.event_id IS NULL THEN true
    WHEN s.status = 'uncertain' THEN t.ambiguous IS NOT TRUE
    WHEN s.status = 'dead' THEN
      t.event_id IS NULL
      AND (o.captured_key IS NULL OR s.reason IS NULL)
      AND (getdatabaseencoding() = 'UTF8' OR s.reason NOT LIKE 'unreadable: %')
    WHEN s.status = 'sending' THEN c.event_id IS NULL
    ELSE false END`;
