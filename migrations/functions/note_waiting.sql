-- Whatever makes events wait, waiting_triggers knows of it: one trigger for every way there is. Its rows
-- are locked in their order, so that two transactions wait for each other in one direction only.
CREATE OR REPLACE FUNCTION reward_outbox.note_waiting() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO reward_outbox.waiting_triggers AS w (trigger_id, look_at)
  SELECT c.trigger_id, min(c.next_attempt_at)
  FROM changed c
  WHERE c.status = 'pending' AND NOT c.blocked
  GROUP BY c.trigger_id
  ORDER BY c.trigger_id
  ON CONFLICT (trigger_id) DO UPDATE SET look_at = excluded.look_at
  WHERE w.look_at > excluded.look_at;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION reward_outbox.note_waiting() IS
  'Part of event_states: its triggers are looked at no later than their events are due.';
CREATE OR REPLACE TRIGGER note_inserted AFTER INSERT ON reward_outbox.event_states
REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION reward_outbox.note_waiting();
CREATE OR REPLACE TRIGGER note_updated AFTER UPDATE ON reward_outbox.event_states
REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION reward_outbox.note_waiting();
