CREATE OR REPLACE FUNCTION reward_outbox.try_backfill(
  p_watch  text,
  p_bounds jsonb,
  p_after  jsonb,
  p_limit  integer,
  p_window integer
) RETURNS TABLE (key jsonb, outcome text, trigger_id text, user_id text, payload jsonb, idempotency_key text,
                 problem text)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT t.key,
         CASE WHEN t.problem IS NOT NULL THEN 'failed'
              WHEN t.applies IS NULL THEN 'outside'
              WHEN NOT t.applies THEN 'unneeded'
              WHEN EXISTS (SELECT FROM reward_outbox.outbox o
                           WHERE o.captured_key = (t.event).idempotency_key) THEN 'known'
              ELSE 'emitted' END,
         (t.event).trigger_id, (t.event).user_id, (t.event).payload, (t.event).idempotency_key, t.problem
  FROM reward_outbox.backfilled_rule(p_watch) r
  CROSS JOIN LATERAL reward_outbox.backfill_page(r, p_bounds, p_after, p_limit, p_window) t
$$;
COMMENT ON FUNCTION reward_outbox.try_backfill(text, jsonb, jsonb, integer, integer) IS
  'What a backfill would make of the next rows, in the order of their keys. Emits nothing.';
