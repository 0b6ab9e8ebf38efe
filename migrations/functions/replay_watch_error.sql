-- One record: a row that was kept, one that is found again by its key, or many keys.
CREATE OR REPLACE FUNCTION reward_outbox.replay_watch_error(
  e reward_outbox.watch_errors, r reward_outbox.watch_rules, OUT done boolean, OUT note text, OUT code text,
  OUT problem text, OUT left_over jsonb
)
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  was_kept CONSTANT boolean := coalesce(e.new_row, e.old_row) IS NOT NULL;
  -- A whole row stands where no key leads back to it.
  by_key   boolean;
  element  jsonb;
  t        reward_outbox.tried_row;
  emitted  integer := 0;
  others   integer := 0;
  -- Many keys can take longer than the session may: what was not reached stays.
  most     CONSTANT timestamptz := clock_timestamp() + interval '8 seconds';
BEGIN
  FOR element IN SELECT x FROM jsonb_array_elements(coalesce(e.more_keys, jsonb_build_array(e.key))) x LOOP
    by_key := NOT was_kept AND e.operation <> 'DELETE' AND r.key_columns <> '{}' AND element ?& r.key_columns
      AND (SELECT count(*) FROM jsonb_object_keys(element)) = cardinality(r.key_columns);
    IF clock_timestamp() > most AND others > 0 THEN
      code := e.error_code;
      problem := 'there was not enough time for all of its rows: run it again';
      left_over := coalesce(left_over, '[]') || jsonb_build_array(element);
      CONTINUE;
    ELSIF NOT was_kept AND jsonb_typeof(element) = 'null' THEN
      code := e.error_code;
      problem := 'neither the row nor its primary key could be kept: look for it in the table, emit by hand, '
        'then dismiss the error';
      left_over := coalesce(left_over, '[]') || jsonb_build_array(element);
      CONTINUE;
    END IF;
    t := NULL;
    SELECT x.* INTO t
    FROM reward_outbox.evaluate_rule(r.name, CASE WHEN by_key THEN 'key' ELSE 'row' END,
      jsonb_build_object('operation', e.operation, 'table', e.table_name)
        || CASE WHEN was_kept
                THEN jsonb_strip_nulls(jsonb_build_object('new_exact', e.new_exact, 'old_exact', e.old_exact))
                  || jsonb_build_object('key', e.key, 'new', e.new_row, 'old', e.old_row)
                WHEN by_key THEN jsonb_build_object('key', element)
                WHEN e.operation = 'DELETE' THEN jsonb_build_object('old', element)
                ELSE jsonb_build_object('new', element) END) x;
    IF NOT FOUND THEN
      note := 'the row is not in the table any more';
    ELSIF t.problem IS NOT NULL THEN
      code := t.problem_code;
      problem := t.problem;
      left_over := coalesce(left_over, '[]') || jsonb_build_array(element);
      CONTINUE;
    ELSIF NOT t.applies THEN
      note := 'the rule does not apply to this row';
    ELSIF reward_outbox.insert_captured(t.event, r.name) THEN
      note := 'emitted';
      emitted := emitted + 1;
    ELSE
      note := 'its idempotency key was emitted before';
    END IF;
    others := others + 1;
  END LOOP;
  done := left_over IS NULL;
  IF NOT done THEN
    note := CASE WHEN was_kept OR e.more_keys IS NOT NULL THEN ''
                 ELSE 'the row itself was not kept; as it is in the table now: ' END
      || problem;
  ELSIF others > 1 THEN
    note := format('%s rows: %s emitted, %s not needed', others, emitted, others - emitted);
  END IF;
  IF e.more_keys IS NULL THEN
    left_over := NULL;
  END IF;
END
$$;
COMMENT ON FUNCTION reward_outbox.replay_watch_error(reward_outbox.watch_errors, reward_outbox.watch_rules) IS
  'Part of replay_watch_errors(): emits what the rule makes of one record, or says why it makes nothing of '
  'it.';
