CREATE OR REPLACE FUNCTION reward_outbox.begin_bulk_run(
  p_action text, p_filter jsonb, p_reason text, p_allow_duplicates boolean, p_max integer,
  p_per_second double precision, p_actor text
) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  r reward_outbox.bulk_runs;
BEGIN
  LOCK TABLE reward_outbox.bulk_runs IN SHARE ROW EXCLUSIVE MODE;
  PERFORM reward_outbox.end_bulk_run(b.run_no, 'failed', 'the process that worked on it is gone')
  FROM reward_outbox.bulk_runs b
  WHERE reward_outbox.bulk_run_is_lost(b);
  IF EXISTS (SELECT FROM reward_outbox.bulk_runs b WHERE b.ended_at IS NULL) THEN
    RETURN NULL;
  END IF;
  INSERT INTO reward_outbox.bulk_runs (action, filter, reason, actor, allow_duplicates, max_events,
                                       per_second)
  VALUES (p_action, p_filter, p_reason, p_actor, p_allow_duplicates, p_max, p_per_second) RETURNING * INTO r;
  PERFORM reward_outbox.record_operation(p_actor, 'bulk_' || p_action, NULL, p_filter ->> 'trigger', p_reason,
                                         jsonb_build_object('run', r.run_no, 'phase', 'started',
    'filter', p_filter, 'allow_duplicates', p_allow_duplicates, 'max', p_max, 'per_second', p_per_second),
    r.run_no);
  RETURN r.run_no;
END
$$;
COMMENT ON FUNCTION reward_outbox.begin_bulk_run(text, jsonb, text, boolean, integer, double precision,
                                                 text) IS
  'A run begins; its number. Null: another one is under way.';
