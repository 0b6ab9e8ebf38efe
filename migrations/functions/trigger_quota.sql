-- A trigger's policy over all relays: its pause, its rate and its limit
-- in flight. at_limit: an answer makes room, not the time.
-- Runs with the settings of claim().
CREATE OR REPLACE FUNCTION reward_outbox.trigger_quota(
  p_trigger_id text, p_limit integer,
  OUT quota integer, OUT at_limit boolean
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  policy  reward_outbox.triggers;
  sending bigint := 0;
BEGIN
  quota := p_limit;
  at_limit := false;
  SELECT * INTO policy
  FROM reward_outbox.triggers t
  WHERE t.trigger_id = p_trigger_id;
  IF NOT FOUND OR num_nulls(policy.paused_at, policy.rate_per_second, policy.max_in_flight) = 3 THEN
    RETURN;
  END IF;
  -- Somebody is just changing the policy: next time. Waiting for that could mean waiting for each other.
  PERFORM FROM reward_outbox.triggers t
  WHERE t.trigger_id = p_trigger_id
  FOR NO KEY UPDATE SKIP LOCKED;
  IF NOT FOUND THEN
    quota := 0;
    RETURN;
  END IF;
  IF policy.paused_at IS NOT NULL OR policy.max_in_flight IS NOT NULL THEN
    SELECT count(*) INTO sending
    FROM reward_outbox.event_states s
    WHERE s.trigger_id = p_trigger_id AND s.status = 'sending';
  END IF;
  IF policy.paused_at IS NOT NULL THEN
    -- By a relay: one event at a time finds out whether it is over.
    quota := CASE WHEN policy.probe_at <= clock_timestamp() AND sending = 0 THEN least(p_limit, 1) ELSE 0 END;
    RETURN;
  END IF;
  IF policy.max_in_flight IS NOT NULL THEN
    at_limit := policy.max_in_flight <= sending;
    quota := least(quota, greatest(policy.max_in_flight - sending, 0));
  END IF;
  IF policy.rate_per_second IS NOT NULL THEN
    quota := least(quota, floor(reward_outbox.rate_tokens(policy))::integer);
  END IF;
END
$$;
COMMENT ON FUNCTION reward_outbox.trigger_quota(text, integer) IS
  'Part of claim(): how many events of a trigger its policy allows to be claimed now.';
