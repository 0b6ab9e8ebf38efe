-- The one place where the schema's owner calls a rule's function. That function runs with the
-- rights of the table's owner; what it does besides answering, to the session or to tables,
-- is taken back. Executable by nobody: the functions that operators call use it.
CREATE OR REPLACE FUNCTION reward_outbox.evaluate_rule(p_name text, p_action text, p_request jsonb)
RETURNS SETOF reward_outbox.tried_row
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  results reward_outbox.tried_row[];
BEGIN
  BEGIN
    EXECUTE format('SELECT array_agg(t) FROM reward_outbox.%I($1, $2) t', 'try_' || p_name)
    INTO results USING p_action, p_request;
    RAISE EXCEPTION USING ERRCODE = 'RO009', MESSAGE = 'evaluated';
  -- Not RO000: three zeros at the end stand for the whole class, RO002 too.
  EXCEPTION WHEN SQLSTATE 'RO009' THEN
    NULL;
  END;
  RETURN QUERY SELECT t.* FROM unnest(results) t;
END
$$;
COMMENT ON FUNCTION reward_outbox.evaluate_rule(text, text, jsonb) IS
  'Part of check_rule(), replay_watch_errors() and backfill_step(): what a rule makes of rows, with its '
  'owner''s rights.';
