CREATE OR REPLACE FUNCTION reward_outbox.value_alone(p_payload jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN p_payload ? 'value' THEN jsonb_build_object('value', p_payload -> 'value') ELSE '{}' END
$$;
COMMENT ON FUNCTION reward_outbox.value_alone(jsonb) IS
  'What retention and erasure leave of a payload: what was paid is what accounts are about.';
