CREATE OR REPLACE FUNCTION reward_outbox.evaluate_watch(r reward_outbox.watch_rules, p_new anyelement, p_old anyelement, p_operation text,
  OUT key jsonb, OUT applies boolean, OUT trigger_id text, OUT user_id text, OUT payload jsonb, OUT idempotency_key text, OUT ordering_key text, OUT deliver_after timestamptz,
  OUT metadata jsonb, OUT problem text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
DECLARE
  columns text;
BEGIN
  key := reward_outbox.watch_key(r.key_columns, CASE WHEN p_operation <> 'DELETE' THEN to_jsonb(p_new) END, to_jsonb(p_old));
  SELECT string_agg(CASE WHEN v.name = 'payload' THEN coalesce(v.value, '''{}''') ELSE coalesce(v.value, 'NULL') END
    || CASE v.name WHEN 'payload' THEN '::jsonb' WHEN 'metadata' THEN '::jsonb' WHEN 'deliver_after' THEN '::timestamptz' ELSE '::text' END, ', ' ORDER BY v.n)
  INTO columns FROM reward_outbox.watch_values(r, quote_literal(r.watched::text), CASE p_operation WHEN 'DELETE' THEN 'old.%1$I' ELSE 'new.%1$I' END) v;
  EXECUTE 'SELECT true, ' || columns || ' FROM (SELECT ($1).*) AS new, (SELECT ($2).*) AS old, (SELECT $3::text AS tg_op) AS tg' || coalesce(E' WHERE (\n' || r.condition || E'\n)', '')
  INTO applies, trigger_id, user_id, payload, idempotency_key, ordering_key, deliver_after, metadata USING p_new, p_old, p_operation;
  applies := coalesce(applies, false);
  IF applies THEN
    problem := reward_outbox.outbox_problem(trigger_id, user_id, payload, idempotency_key, ordering_key, deliver_after, metadata);
  END IF;
EXCEPTION WHEN OTHERS OR assert_failure THEN
  problem := SQLERRM;
END
$$;
COMMENT ON FUNCTION reward_outbox.evaluate_watch(reward_outbox.watch_rules, anyelement, anyelement, text) IS 'Part of preview: what a rule makes of one row. Emits nothing.';
