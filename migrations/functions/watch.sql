-- What people use: watch, unwatch, the view watches, preview, and what to
-- do about errors. Then who may do what.

CREATE OR REPLACE FUNCTION reward_outbox.watch(
  name            text,
  table_name      text,
  operations      text[] DEFAULT '{INSERT,UPDATE}',
  condition       text   DEFAULT NULL,
  trigger_id      text   DEFAULT NULL,
  user_id         text   DEFAULT NULL,
  payload         text   DEFAULT NULL,
  idempotency_key text   DEFAULT NULL,
  on_error        text   DEFAULT 'record',
  trigger_id_expr text   DEFAULT NULL,
  ordering_key    text   DEFAULT NULL,
  deliver_after   text   DEFAULT NULL,
  metadata        text   DEFAULT NULL
) RETURNS text
LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
  table_oid pg_catalog.regclass := pg_catalog.to_regclass(table_name);
  warning   text;
BEGIN
  IF table_oid IS NULL THEN
    RAISE EXCEPTION 'watch %: table_name: there is no table %', watch.name, table_name
      USING ERRCODE = 'undefined_table';
  END IF;
  -- Rules whose table was dropped are gone already as far as anybody can see.
  UPDATE reward_outbox.watch_rules r
  SET removed = true
  WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid OPERATOR(pg_catalog.=) r.watched);
  UPDATE reward_outbox.watch_rules r
  SET watched = table_oid, operations = watch.operations, condition = watch.condition,
      trigger_id = watch.trigger_id, user_id = watch.user_id, payload = watch.payload,
      idempotency_key = watch.idempotency_key, on_error = watch.on_error,
      trigger_id_expr = watch.trigger_id_expr, ordering_key = watch.ordering_key,
      deliver_after = watch.deliver_after, metadata = watch.metadata
  WHERE r.name OPERATOR(pg_catalog.=) watch.name;
  IF NOT FOUND THEN
    INSERT INTO reward_outbox.watch_rules (name, watched, operations, condition, trigger_id, user_id, payload,
                                           idempotency_key, on_error, trigger_id_expr, ordering_key,
                                           deliver_after, metadata)
    VALUES (watch.name, table_oid, watch.operations, watch.condition, watch.trigger_id, watch.user_id,
            watch.payload, watch.idempotency_key, watch.on_error,
      watch.trigger_id_expr, watch.ordering_key, watch.deliver_after, watch.metadata);
  END IF;
  -- In characters that every client's encoding has.
  FOR warning IN SELECT w FROM reward_outbox.watch_warnings(watch.name) w LOOP
    RAISE WARNING '%', pg_catalog.regexp_replace(warning, '[^ -~]', '?', 'g');
  END LOOP;
  RETURN watch.name;
END
$$;
COMMENT ON FUNCTION reward_outbox.watch(text, text, text[], text, text, text, text, text, text, text, text,
                                        text, text) IS
  'Makes or replaces a rule: changes of the table''s rows become events. All but name, table_name, '
  'operations, trigger_id and on_error are SQL expressions over NEW, OLD and TG_OP.';
