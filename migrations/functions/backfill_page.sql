-- What a rule makes of the next rows, with its owner's rights, as if each had
-- just been written. What an update changed is not known of rows that are there:
-- a condition that hangs on it is taken to hold, as in a preview.
CREATE OR REPLACE FUNCTION reward_outbox.backfill_page(
  r        reward_outbox.watch_rules,
  p_bounds jsonb,
  p_after  jsonb,
  p_limit  integer,
  p_window integer
) RETURNS SETOF reward_outbox.tried_row
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
  SELECT t.*
  FROM reward_outbox.evaluate_rule(r.name, 'page', p_bounds
    || CASE WHEN p_after IS NULL THEN '{}' ELSE jsonb_build_object('after', p_after) END
    || jsonb_build_object('limit', p_limit, 'window', p_window,
         'operation', CASE WHEN 'INSERT' = ANY (r.operations) THEN 'INSERT' ELSE 'UPDATE' END)) t
$$;
COMMENT ON FUNCTION reward_outbox.backfill_page(reward_outbox.watch_rules, jsonb, jsonb, integer, integer) IS
  'Part of backfill_step() and try_backfill(): what a rule makes of the next rows of its table.';
