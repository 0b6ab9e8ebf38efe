CREATE OR REPLACE FUNCTION reward_outbox.replay_watch_errors(
  p_watch text DEFAULT NULL, p_after bigint DEFAULT 0, p_limit integer DEFAULT 500
)
RETURNS TABLE (error_no bigint, watch text, key jsonb, done boolean, note text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  e       reward_outbox.watch_errors;
  r       reward_outbox.watch_rules;
  outcome record;
  -- Well within the time that a statement of ours may take: what is done stays done.
  most    CONSTANT timestamptz := clock_timestamp() + interval '5 seconds';
BEGIN
  FOR e IN SELECT w.* FROM reward_outbox.watch_errors w
           WHERE w.resolved_at IS NULL AND w.error_no > p_after AND (p_watch IS NULL OR w.watch = p_watch)
           ORDER BY w.error_no LIMIT p_limit FOR UPDATE SKIP LOCKED LOOP
    error_no := e.error_no; watch := e.watch; key := e.key; done := false;
    SELECT x.*
    INTO r
    FROM reward_outbox.watch_rules x
    JOIN pg_class c ON c.oid = x.watched
    WHERE x.name = e.watch;
    note := CASE WHEN r.name IS NULL
                 THEN 'there is no such rule any more: make it again, or dismiss the error'
                 ELSE reward_outbox.not_replayable(e, r) END;
    IF note IS NULL THEN
      -- Emitting and resolving stand or fall together: that is what makes it exactly once.
      BEGIN
        SELECT * INTO outcome FROM reward_outbox.replay_watch_error(e, r);
        done := outcome.done;
        note := outcome.note;
        UPDATE reward_outbox.watch_errors w
        SET resolved_at = CASE WHEN outcome.done THEN clock_timestamp() END,
            resolution = CASE WHEN outcome.done THEN 'replayed by ' || session_user || ': '
            || left(outcome.note, 1000) END,
            error_code = coalesce(outcome.code, w.error_code),
            error_message = coalesce(left(outcome.problem, 1000), w.error_message),
            more_keys = CASE WHEN outcome.done THEN w.more_keys ELSE outcome.left_over END,
            changes = CASE WHEN outcome.left_over IS NULL THEN w.changes
                           ELSE jsonb_array_length(outcome.left_over) END
        WHERE w.error_no = e.error_no;
      EXCEPTION
        -- The session's timeout, or a person: one row that takes for ever takes nothing else along.
        WHEN query_canceled THEN
          done := false;
          note := 'it was cancelled: the rule takes longer for this row than a statement may';
          UPDATE reward_outbox.watch_errors w SET error_code = '57014', error_message = note
          WHERE w.error_no = e.error_no;
          RETURN NEXT;
          RETURN;
        WHEN OTHERS OR assert_failure THEN
          done := false;
          note := left(SQLERRM, 1000);
          UPDATE reward_outbox.watch_errors w SET error_code = SQLSTATE, error_message = note
          WHERE w.error_no = e.error_no;
      END;
    END IF;
    RETURN NEXT;
    EXIT WHEN clock_timestamp() > most;
  END LOOP;
END
$$;
COMMENT ON FUNCTION reward_outbox.replay_watch_errors(text, bigint, integer) IS
  'Emits what a rule missed, now that it is mended, each row once: one batch, from p_after on. Done: '
  'nothing is missing any more.';
