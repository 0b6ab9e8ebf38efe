-- The decision itself is chained, the last one before it ends and the first one when it begins.
CREATE OR REPLACE FUNCTION reward_outbox.set_chain(
  p_enabled boolean, p_reason text, p_actor text DEFAULT NULL
) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  was boolean;
BEGIN
  SELECT s.enabled INTO was FROM reward_outbox.chain_settings s FOR UPDATE;
  IF was = p_enabled THEN
    RETURN false;
  END IF;
  IF NOT p_enabled THEN
    PERFORM reward_outbox.record_operation(p_actor, 'chain_off', NULL, NULL, p_reason, NULL);
  END IF;
  UPDATE reward_outbox.chain_settings s
  SET enabled = p_enabled,
      since = CASE WHEN p_enabled THEN clock_timestamp() ELSE s.since END;
  IF p_enabled THEN
    PERFORM reward_outbox.record_operation(p_actor, 'chain_on', NULL, NULL, p_reason, NULL);
  END IF;
  RETURN true;
END
$$;
COMMENT ON FUNCTION reward_outbox.set_chain(boolean, text, text) IS
  'Switches the chaining of what is recorded on or off. False: it was that already.';
