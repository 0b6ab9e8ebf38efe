-- Of a part, what was found counts, and that nothing was does not make good what was found before.
-- That somebody looked goes on record as a decision does, and so into a chain: it cannot be unsaid.
CREATE OR REPLACE FUNCTION reward_outbox.record_verified(p_problems integer, p_detail jsonb, p_actor text)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE reward_outbox.chain_settings s
  SET verified_at = clock_timestamp(), problems = p_problems
  WHERE p_detail ->> 'since' IS NULL OR p_problems > 0;
  PERFORM reward_outbox.record_operation(p_actor, 'verify', NULL, NULL, NULL,
    jsonb_build_object('problems', p_problems) || coalesce(p_detail, '{}'));
END
$$;
COMMENT ON FUNCTION reward_outbox.record_verified(integer, jsonb, text) IS
  'Somebody verified the record, and found so many things wrong.';
