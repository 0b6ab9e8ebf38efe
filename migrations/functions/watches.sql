CREATE OR REPLACE VIEW reward_outbox.watches AS
  SELECT r.name, format('%I.%I', n.nspname, c.relname) AS table_name, r.operations, r.condition, r.trigger_id,
         r.trigger_id_expr, r.user_id, r.payload, r.idempotency_key, r.ordering_key, r.deliver_after,
         r.metadata, r.on_error, r.created_at, r.created_by, r.changed_at, r.changed_by,
         CASE WHEN p.problem IS NULL THEN 'ok' ELSE 'broken' END AS state, p.problem,
         (SELECT coalesce(sum(e.changes), 0) FROM reward_outbox.watch_errors e
          WHERE e.watch = r.name AND e.resolved_at IS NULL) AS unresolved_errors,
         last.at AS last_error_at, last.error_message AS last_error
  FROM reward_outbox.watch_rules r
  JOIN pg_catalog.pg_class c ON c.oid = r.watched
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  CROSS JOIN LATERAL (SELECT reward_outbox.watch_problem(r.name) AS problem OFFSET 0) p
  LEFT JOIN LATERAL (
    SELECT e.at, e.error_message FROM reward_outbox.watch_errors e
    WHERE e.watch = r.name AND e.resolved_at IS NULL
    ORDER BY e.error_no DESC LIMIT 1
  ) last ON true
  WHERE NOT r.trial;
COMMENT ON VIEW reward_outbox.watches IS
  'The rules, and whether each works as far as the catalog tells. A rule goes with its table.';
