-- p_changes: spans by the names of the columns, such as {"delivered": "90 days"}; null: for ever. What is not
-- named stays.
CREATE OR REPLACE FUNCTION reward_outbox.set_retention(p_changes jsonb, p_actor text DEFAULT NULL)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET IntervalStyle = 'postgres' AS $$
BEGIN
  UPDATE reward_outbox.retention r
  SET (delivered, dead, cancelled, payload, response_body, receipts, idempotency_keys) = (
    SELECT n.delivered, n.dead, n.cancelled, n.payload, n.response_body, n.receipts, n.idempotency_keys
    FROM jsonb_populate_record(r, p_changes) n);
  PERFORM reward_outbox.record_operation(p_actor, 'set_retention', NULL, NULL, NULL, p_changes);
END
$$;
COMMENT ON FUNCTION reward_outbox.set_retention(jsonb, text) IS 'Changes how long what is kept.';
