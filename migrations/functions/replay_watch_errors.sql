CREATE OR REPLACE FUNCTION reward_outbox.replay_watch_errors(p_watch text DEFAULT NULL, p_after bigint DEFAULT 0, p_limit integer DEFAULT 500)
RETURNS TABLE (error_no bigint, watch text, key jsonb, done boolean, note text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  e       reward_outbox.watch_errors;
  r       reward_outbox.watch_rules;
  emitted boolean;
  gone    text;
  added   text;
BEGIN
  FOR e IN SELECT w.* FROM reward_outbox.watch_errors w WHERE w.resolved_at IS NULL AND w.error_no > p_after AND (p_watch IS NULL OR w.watch = p_watch)
           ORDER BY w.error_no LIMIT p_limit FOR UPDATE SKIP LOCKED LOOP
    error_no := e.error_no; watch := e.watch; key := e.key; done := false;
    SELECT x.* INTO r FROM reward_outbox.watch_rules x JOIN pg_class c ON c.oid = x.watched WHERE x.name = e.watch;
    note := CASE WHEN r.name IS NULL THEN 'there is no such rule any more: make it again, or dismiss the error'
                 WHEN e.new_row IS NULL AND e.old_row IS NULL THEN 'the row was too large to be kept: emit by hand, then dismiss the error' END;
    -- A renamed column would read as null, and the rule might not seem to apply.
    SELECT string_agg(k.name, ', ') FILTER (WHERE a.attname IS NULL), string_agg(a.attname, ', ') FILTER (WHERE k.name IS NULL) INTO gone, added
    FROM jsonb_object_keys(coalesce(e.new_row, e.old_row)) AS k(name)
    FULL JOIN (SELECT x.attname::text FROM pg_attribute x WHERE x.attrelid = r.watched AND x.attnum > 0 AND NOT x.attisdropped) a ON a.attname = k.name;
    IF note IS NULL AND gone IS NOT NULL AND added IS NOT NULL THEN
      note := format('it was kept with the columns %s, which the table no longer has, and without %s: if that is a rename, make it in new_row and old_row of reward_outbox.watch_errors', gone, added);
    END IF;
    IF note IS NULL THEN
      -- Emitting and resolving stand or fall together: that is what makes it exactly once.
      BEGIN
        EXECUTE format('SELECT reward_outbox.emit_stored_row($1, NULL::%s, $2, $3, $4, $5)', r.watched) INTO emitted USING r, e.new_row, e.old_row, e.operation, e.table_name;
        done := true;
        note := CASE WHEN emitted THEN 'emitted' WHEN NOT emitted THEN 'its idempotency key was emitted before' ELSE 'the rule does not apply to this row' END;
        UPDATE reward_outbox.watch_errors w SET resolved_at = clock_timestamp(), resolution = 'replayed by ' || session_user || ': ' || note WHERE w.error_no = e.error_no;
      EXCEPTION WHEN OTHERS OR assert_failure THEN
        done := false;
        note := left(SQLERRM, 1000);
        UPDATE reward_outbox.watch_errors w SET error_code = SQLSTATE, error_message = note WHERE w.error_no = e.error_no;
      END;
    END IF;
    RETURN NEXT;
  END LOOP;
END
$$;
COMMENT ON FUNCTION reward_outbox.replay_watch_errors(text, bigint, integer) IS 'Emits what a rule missed, now that it is mended, each row once: one batch, from p_after on. Done: nothing is missing any more.';
