CREATE OR REPLACE FUNCTION reward_outbox.vouch(p_proof_id uuid, p_timeline text) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  UPDATE reward_outbox.relay_proofs p
  SET vouched_for = p_timeline, vouched_at = clock_timestamp(), last_beat_then = p.beat_at
  WHERE p.proof_id = p_proof_id AND p.vouched_for IS DISTINCT FROM p_timeline
$$;
COMMENT ON FUNCTION reward_outbox.vouch(uuid, text) IS
  'A relay has found everything it remembers on a new timeline. The failover is followed when all have.';
