CREATE OR REPLACE FUNCTION reward_outbox.check_captured(e reward_outbox.written_event) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  missing CONSTANT text := CASE WHEN e.trigger_id IS NULL THEN 'trigger_id'
                                WHEN e.user_id IS NULL THEN 'user_id'
                                WHEN e.payload IS NULL THEN 'payload' END;
BEGIN
  IF missing IS NOT NULL THEN
    RAISE EXCEPTION 'null value in column "%" of relation "outbox" violates not-null constraint', missing
      USING ERRCODE = 'not_null_violation', COLUMN = missing;
  END IF;
  PERFORM ROW(e.*)::reward_outbox.valid_event;
END
$$;
COMMENT ON FUNCTION reward_outbox.check_captured(reward_outbox.written_event) IS
  'Part of a rule: fails as the INSERT of the event would, before it is tried.';
