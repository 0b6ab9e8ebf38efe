-- Replaying is a decision too, but the errors it resolves name only the database role.
CREATE OR REPLACE FUNCTION reward_outbox.record_replay(
  p_watch text, p_replayed integer, p_failed integer, p_actor text
) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT reward_outbox.record_operation(p_actor, 'replay_watch_errors', NULL, NULL, NULL,
    jsonb_build_object('watch', p_watch, 'replayed', p_replayed, 'failed', p_failed))
$$;
COMMENT ON FUNCTION reward_outbox.record_replay(text, integer, integer, text) IS
  'Who had the errors of a rule replayed.';
