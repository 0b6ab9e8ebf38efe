CREATE OR REPLACE FUNCTION reward_outbox.record_backfill(
  p_run bigint, p_phase text, p_actor text
) RETURNS void
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
  SELECT reward_outbox.record_operation(p_actor, 'watch_backfill', NULL, r.trigger_id, b.reason,
    jsonb_build_object('backfill', b.run_no, 'phase', p_phase, 'watch', b.watch, 'table', b.table_name,
                       'asked', b.asked,
      'rows', b.looked_at, 'events', b.emitted, 'known', b.known, 'unneeded', b.unneeded, 'failed', b.failed))
  FROM reward_outbox.watch_backfills b
  LEFT JOIN reward_outbox.watch_rules r ON r.name = b.watch
  WHERE b.run_no = p_run
$$;
COMMENT ON FUNCTION reward_outbox.record_backfill(bigint, text, text) IS
  'Part of the functions for backfills: who had existing rows made events, and what came of it.';
