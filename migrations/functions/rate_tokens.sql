-- The bucket holds one second's worth, and at least one event. A clock
-- that went back fills nothing, and empties nothing either.
CREATE OR REPLACE FUNCTION reward_outbox.rate_tokens(policy reward_outbox.triggers) RETURNS double precision
LANGUAGE sql VOLATILE
RETURN least(
  greatest(policy.rate_per_second, 1),
  CASE WHEN policy.refilled_at IS NULL THEN 1
       ELSE greatest(policy.tokens,
                     0) + policy.rate_per_second * greatest(date_part('epoch',
                                                                      clock_timestamp() - policy.refilled_at),
                                                                      0)
  END
);
COMMENT ON FUNCTION reward_outbox.rate_tokens(reward_outbox.triggers) IS
  'How many events the rate of a trigger allows right now.';
