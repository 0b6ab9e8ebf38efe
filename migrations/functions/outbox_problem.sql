CREATE OR REPLACE FUNCTION reward_outbox.outbox_problem(e reward_outbox.written_event) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  problem text;
BEGIN
  PERFORM reward_outbox.check_captured(e);
  RETURN NULL;
EXCEPTION
  WHEN check_violation THEN
    GET STACKED DIAGNOSTICS problem = CONSTRAINT_NAME;
    RETURN problem;
  WHEN not_null_violation THEN
    GET STACKED DIAGNOSTICS problem = COLUMN_NAME;
    RETURN problem || ' is null';
END
$$;
COMMENT ON FUNCTION reward_outbox.outbox_problem(reward_outbox.written_event) IS
  'Which rule of outbox an event would break; null: none.';
