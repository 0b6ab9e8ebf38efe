CREATE OR REPLACE FUNCTION reward_outbox.backfilled_rule(p_watch text) RETURNS reward_outbox.watch_rules
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  r       reward_outbox.watch_rules;
  problem text;
  hint    text;
BEGIN
  SELECT w.* INTO r FROM reward_outbox.watch_rules w WHERE w.name = p_watch;
  IF NOT FOUND THEN
    problem := 'there is no rule ' || p_watch;
  ELSIF reward_outbox.watch_problem(p_watch) IS NOT NULL THEN
    problem := format('%s is broken: %s', p_watch, reward_outbox.watch_problem(p_watch));
  ELSIF r.operations = '{DELETE}' THEN
    problem := format('%s captures deleted rows, and the rows that are there were not deleted', p_watch);
  ELSIF r.key_columns = '{}' THEN
    problem := format('%s has no primary key, by which a backfill knows how far it is', r.watched);
    hint := format('Give it one and make the rule again, or watch a copy that has one: CREATE TABLE ... AS '
                   'SELECT '
      'row_number() OVER () AS id, t.* FROM %s t', r.watched);
  END IF;
  IF problem IS NOT NULL THEN
    RAISE EXCEPTION '%', problem USING ERRCODE = 'RO010', HINT = coalesce(hint, '');
  END IF;
  RETURN r;
END
$$;
COMMENT ON FUNCTION reward_outbox.backfilled_rule(text) IS
  'Part of the functions for backfills: the rule, if rows that are there can become events through it.';
