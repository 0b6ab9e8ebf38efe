CREATE OR REPLACE FUNCTION reward_outbox.has_twin(p_id uuid, p_key text) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN EXISTS (SELECT FROM reward_outbox.outbox q WHERE q.captured_key = p_key AND q.id <> p_id)
      OR EXISTS (SELECT FROM reward_outbox.outbox q WHERE q.idempotency_key = p_key);
END
$$;
COMMENT ON FUNCTION reward_outbox.has_twin(uuid, text) IS
  'Part of claim_few(): whether a captured event has its key in common with another. Runs with the settings '
  'of claim().';
