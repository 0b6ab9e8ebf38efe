CREATE OR REPLACE FUNCTION reward_outbox.heartbeat(
  p_relay_no      integer,
  p_listener      text,
  p_paused_code   text,
  p_paused_reason text,
  p_holding       jsonb,
  p_stopped       boolean
) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  UPDATE reward_outbox.relays r
  SET seen_at = clock_timestamp(),
      listener = p_listener,
      paused_code = p_paused_code,
      paused_reason = p_paused_reason,
      paused_since = CASE WHEN p_paused_code IS NULL THEN NULL
                          ELSE coalesce(r.paused_since, clock_timestamp()) END,
      holding = p_holding,
      stopped_at = CASE WHEN p_stopped THEN clock_timestamp() END
  WHERE r.relay_no = p_relay_no
$$;
COMMENT ON FUNCTION reward_outbox.heartbeat(integer, text, text, text, jsonb, boolean) IS
  'A relay says that it lives, how it listens, whether it is paused, and what it holds back.';
