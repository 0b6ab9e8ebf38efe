CREATE OR REPLACE FUNCTION reward_outbox.session_is_alive(
  p_session_id integer, p_server_started_at timestamptz
)
RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- A process id may be used again: by another server at once, by the
  -- same one hardly before its relay is forgotten.
  RETURN p_server_started_at = pg_postmaster_start_time()
    AND EXISTS (SELECT FROM pg_stat_get_activity(p_session_id));
END
$$;
COMMENT ON FUNCTION reward_outbox.session_is_alive(integer, timestamptz) IS
  'Whether the session with which a relay listens is still there.';
