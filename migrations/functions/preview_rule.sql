-- As the caller, who has to be able to read the table; the expressions as reward_outbox_capture.
CREATE OR REPLACE FUNCTION reward_outbox.preview_rule(r reward_outbox.watch_rules, p_limit integer)
RETURNS TABLE (key jsonb, applies boolean, trigger_id text, user_id text, payload jsonb, idempotency_key text, ordering_key text, deliver_after timestamptz, metadata jsonb, problem text)
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN QUERY EXECUTE format('SELECT e.* FROM (SELECT t FROM %1$s AS t%2$s LIMIT $2) AS s(t) CROSS JOIN LATERAL reward_outbox.evaluate_watch($1, %3$s, $3) e', r.watched,
    (SELECT ' ORDER BY ' || string_agg(format('t.%I DESC', k), ', ') FROM unnest(r.key_columns) k),
    format(CASE WHEN r.operations = '{DELETE}' THEN 'NULL::%1$s, s.t' ELSE 's.t, NULL::%1$s' END, r.watched))
  USING r, p_limit, CASE WHEN 'INSERT' = ANY (r.operations) THEN 'INSERT' ELSE r.operations[1] END;
END
$$;
COMMENT ON FUNCTION reward_outbox.preview_rule(reward_outbox.watch_rules, integer) IS 'What a rule would make of existing rows, the last ones by primary key, as if each were new. Emits nothing.';
