-- How many events of one trigger may be claimed now: its pause, its rate and its limit in flight, over all relays.
CREATE OR REPLACE FUNCTION reward_outbox.trigger_quota(p_trigger_id text, p_limit integer, OUT quota integer, OUT next_at timestamptz)
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
DECLARE
  policy   reward_outbox.triggers;
  sending  integer;
  bucket   double precision;
BEGIN
  quota := p_limit;
  SELECT * INTO policy FROM reward_outbox.triggers t WHERE t.trigger_id = p_trigger_id;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  IF policy.paused_at IS NOT NULL OR policy.max_in_flight IS NOT NULL THEN
    SELECT count(*) INTO sending FROM reward_outbox.event_states s WHERE s.trigger_id = p_trigger_id AND s.status = 'sending';
  END IF;
  IF policy.paused_at IS NOT NULL THEN
    next_at := CASE WHEN policy.probe_at > clock_timestamp() THEN policy.probe_at END;
    quota := CASE WHEN policy.probe_at <= clock_timestamp() AND sending = 0 THEN least(p_limit, 1) ELSE 0 END;
    RETURN;
  END IF;
  IF policy.max_in_flight <= sending THEN
    -- Whatever the rate would allow: an answer makes room, not the time.
    quota := 0;
    RETURN;
  END IF;
  quota := least(quota, policy.max_in_flight - sending);
  IF policy.rate_per_second IS NOT NULL THEN
    bucket := least(greatest(policy.rate_per_second, 1), coalesce(policy.tokens, 1)
      + policy.rate_per_second * coalesce(date_part('epoch', clock_timestamp() - policy.refilled_at), 0));
    UPDATE reward_outbox.triggers t SET tokens = bucket, refilled_at = clock_timestamp() WHERE t.trigger_id = p_trigger_id;
    quota := least(quota, floor(bucket)::integer);
    next_at := clock_timestamp() + greatest(1 - bucket, 0) / policy.rate_per_second * interval '1 second';
  END IF;
END
$$;
COMMENT ON FUNCTION reward_outbox.trigger_quota(text, integer) IS 'Part of claim(): what a trigger''s policy allows now, and when it will allow more.';
