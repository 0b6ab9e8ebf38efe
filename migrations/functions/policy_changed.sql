CREATE OR REPLACE FUNCTION reward_outbox.policy_changed() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off AS $$
BEGIN
  UPDATE reward_outbox.waiting_triggers w
  SET look_at = clock_timestamp(), at_limit = false
  WHERE w.trigger_id = coalesce(NEW.trigger_id, OLD.trigger_id)
    AND w.look_at > clock_timestamp();
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION reward_outbox.policy_changed() IS
  'Part of triggers: another policy, another time to look at what waits.';
CREATE OR REPLACE TRIGGER policy_made AFTER INSERT OR DELETE ON reward_outbox.triggers
FOR EACH ROW EXECUTE FUNCTION reward_outbox.policy_changed();
CREATE OR REPLACE TRIGGER policy_changed AFTER UPDATE ON reward_outbox.triggers
FOR EACH ROW
WHEN ((OLD.paused_at, OLD.rate_per_second, OLD.max_in_flight) IS DISTINCT FROM (NEW.paused_at,
  NEW.rate_per_second, NEW.max_in_flight)
      OR NEW.probe_at < OLD.probe_at
      OR NEW.refilled_at < OLD.refilled_at)
EXECUTE FUNCTION reward_outbox.policy_changed();
