-- The outbox for libraries that want back every column of what they insert, or name columns of their own
-- choice in ON CONFLICT: reading back takes SELECT, and a writer must not read what others wrote. An
-- INSERT goes to the table; what can be read is what the present transaction has written.
CREATE OR REPLACE VIEW reward_outbox.new_events WITH (security_barrier) AS
  SELECT
    o.id,
    o.trigger_id,
    o.user_id,
    o.payload,
    o.idempotency_key,
    o.ordering_key,
    o.deliver_after,
    o.metadata,
    o.created_at
  FROM reward_outbox.outbox o
  WHERE o.epoch = (SELECT i.epoch FROM reward_outbox.installation i)
    AND o.xid = pg_current_xact_id_if_assigned();
COMMENT ON VIEW reward_outbox.new_events IS
  'The outbox for INSERT ... RETURNING * and the like: shows the events of the present transaction only.';
ALTER VIEW reward_outbox.new_events ALTER COLUMN payload SET DEFAULT '{}';
