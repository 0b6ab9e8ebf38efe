CREATE OR REPLACE FUNCTION reward_outbox.chain_removal(p_event_ids uuid[]) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF p_event_ids IS NOT NULL AND reward_outbox.anything_chained() THEN
    PERFORM reward_outbox.append_to_chain('removals', 'removed', array_to_string(p_event_ids, E'\n'));
  END IF;
END
$$;
COMMENT ON FUNCTION reward_outbox.chain_removal(uuid[]) IS
  'Puts on record that these events were removed, with their attempts.';
