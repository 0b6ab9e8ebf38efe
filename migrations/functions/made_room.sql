-- Runs with the settings of its callers.
CREATE OR REPLACE FUNCTION reward_outbox.made_room(p_trigger_ids text[]) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  UPDATE reward_outbox.waiting_triggers w
  SET look_at = clock_timestamp(), at_limit = false
  WHERE w.trigger_id = ANY (p_trigger_ids) AND w.at_limit;
END
$$;
COMMENT ON FUNCTION reward_outbox.made_room(text[]) IS
  'Events of these triggers have been answered: those that were at their limit in flight may have their '
  'turn.';
