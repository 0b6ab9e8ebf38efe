-- The source comes first, so that what follows are the fields of written_event in their order.
CREATE OR REPLACE VIEW reward_outbox.captured AS
  SELECT o.source, o.trigger_id, o.user_id, o.payload, o.captured_key AS idempotency_key, o.ordering_key,
         o.deliver_after, o.metadata
  FROM reward_outbox.outbox o;
COMMENT ON VIEW reward_outbox.captured IS
  'Part of capture and insert_captured(): the outbox as what is captured is written to it.';
