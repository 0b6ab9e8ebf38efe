-- Runs with the settings of claim().
CREATE OR REPLACE FUNCTION reward_outbox.quota_used(
  p_trigger_id text, p_taken integer, p_at_limit boolean, p_lease_ms integer
)
RETURNS timestamptz
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  policy   reward_outbox.triggers;
  left_now double precision;
BEGIN
  SELECT * INTO policy
  FROM reward_outbox.triggers t
  WHERE t.trigger_id = p_trigger_id;
  IF NOT FOUND OR num_nulls(policy.paused_at, policy.rate_per_second, policy.max_in_flight) = 3 THEN
    RETURN NULL;
  END IF;
  IF policy.paused_at IS NOT NULL THEN
    IF p_taken > 0 THEN
      UPDATE reward_outbox.triggers t
      SET probe_at = clock_timestamp() + p_lease_ms * interval '1 millisecond'
      WHERE t.trigger_id = p_trigger_id
      RETURNING t.probe_at INTO policy.probe_at;
    END IF;
    -- Paused by a person: nothing to look at until somebody resumes it. See policy_changed().
    RETURN CASE
      WHEN policy.probe_at IS NULL THEN 'infinity'
      WHEN policy.probe_at > clock_timestamp() THEN policy.probe_at
      -- Requests of before the pause are still under way.
      ELSE clock_timestamp() + interval '1 second'
    END;
  END IF;
  IF policy.rate_per_second IS NOT NULL AND p_taken > 0 THEN
    left_now := reward_outbox.rate_tokens(policy) - p_taken;
    UPDATE reward_outbox.triggers t
    SET tokens = left_now, refilled_at = clock_timestamp()
    WHERE t.trigger_id = p_trigger_id;
  ELSIF policy.rate_per_second IS NOT NULL THEN
    left_now := reward_outbox.rate_tokens(policy);
    -- The clock went back: from here on the bucket fills again.
    UPDATE reward_outbox.triggers t
    SET tokens = left_now, refilled_at = clock_timestamp()
    WHERE t.trigger_id = p_trigger_id AND t.refilled_at > clock_timestamp();
  END IF;
  RETURN greatest(
    CASE WHEN left_now < 1
         THEN clock_timestamp() + least((1 - left_now) / policy.rate_per_second, 86400) * interval '1 second'
           END,
    -- An answer wakes a trigger at its limit (see settle_accepted); this is for one that was missed.
    CASE WHEN p_at_limit THEN clock_timestamp() + interval '1 second' END);
END
$$;
COMMENT ON FUNCTION reward_outbox.quota_used(text, integer, boolean, integer) IS
  'Part of claim(): puts down what was taken of a trigger, and returns from when on its policy may allow '
  'more; null: at once.';
