CREATE OR REPLACE FUNCTION reward_outbox.dismiss_watch_errors(
  p_watch text, p_error_nos bigint[], p_reason text, p_actor text DEFAULT NULL
) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  dismissed bigint;
BEGIN
  UPDATE reward_outbox.watch_errors w SET resolved_at = clock_timestamp(), resolution = 'dismissed by '
    || coalesce(p_actor, session_user) || ': ' || p_reason
  WHERE w.resolved_at IS NULL AND w.watch = p_watch
    AND (p_error_nos IS NULL OR w.error_no = ANY (p_error_nos));
  GET DIAGNOSTICS dismissed = ROW_COUNT;
  PERFORM reward_outbox.record_operation(p_actor, 'dismiss_watch_errors', NULL, NULL, p_reason,
                                         jsonb_build_object('watch', p_watch, 'errors', dismissed));
  RETURN dismissed;
END
$$;
COMMENT ON FUNCTION reward_outbox.dismiss_watch_errors(text, bigint[], text, text) IS
  'Unresolved errors of a rule, all or some, need nothing further. Returns how many.';
