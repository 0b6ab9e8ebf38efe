CREATE OR REPLACE FUNCTION reward_outbox.count_backfill(
  p_watch text, p_bounds jsonb, OUT within bigint, OUT without bigint
)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT (t.key ->> 'rows')::bigint, (t.key ->> 'without')::bigint
  FROM reward_outbox.backfilled_rule(p_watch) r
  CROSS JOIN LATERAL reward_outbox.evaluate_rule(r.name, 'page', p_bounds || '{"count": true}') t
$$;
COMMENT ON FUNCTION reward_outbox.count_backfill(text, jsonb) IS
  'How many rows a backfill is about, and how many have no value in the column that it goes by. Reads the '
  'whole table.';
