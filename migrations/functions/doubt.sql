CREATE OR REPLACE FUNCTION reward_outbox.doubt(
  p_installation_id uuid, p_code text, p_reason text, p_relay text
) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE reward_outbox.installation i
  SET doubt_code = p_code, doubt_reason = p_reason, doubted_at = clock_timestamp(), doubted_by = p_relay
  -- A loaded row stays recognisable as one.
  WHERE i.installation_id = p_installation_id AND i.doubt_code IS NULL AND i.written_as = i.xmin;
  IF FOUND THEN
    PERFORM reward_outbox.mark_installation();
  END IF;
END
$$;
COMMENT ON FUNCTION reward_outbox.doubt(uuid, text, text, text) IS
  'A relay misses what it remembers. No relay sends from here until a person has adopted the database, '
  'whoever starts or forgets meanwhile.';
