-- What people use: watch, unwatch, the view watches, preview, and what to do about errors. Then who may do what.

CREATE FUNCTION reward_outbox.watch(
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
BEGIN
  IF table_oid IS NULL THEN
    RAISE EXCEPTION 'watch %: table_name: there is no table %', watch.name, table_name USING ERRCODE = 'undefined_table';
  END IF;
  -- Rules whose table was dropped are gone already as far as anybody can see.
  DELETE FROM reward_outbox.watch_rules r WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid OPERATOR(pg_catalog.=) r.watched);
  UPDATE reward_outbox.watch_rules r
  SET watched = table_oid, operations = watch.operations, condition = watch.condition, trigger_id = watch.trigger_id, user_id = watch.user_id, payload = watch.payload,
      idempotency_key = watch.idempotency_key, on_error = watch.on_error, trigger_id_expr = watch.trigger_id_expr, ordering_key = watch.ordering_key,
      deliver_after = watch.deliver_after, metadata = watch.metadata
  WHERE r.name OPERATOR(pg_catalog.=) watch.name;
  IF NOT FOUND THEN
    INSERT INTO reward_outbox.watch_rules (name, watched, operations, condition, trigger_id, user_id, payload, idempotency_key, on_error, trigger_id_expr, ordering_key, deliver_after, metadata)
    VALUES (watch.name, table_oid, watch.operations, watch.condition, watch.trigger_id, watch.user_id, watch.payload, watch.idempotency_key, watch.on_error,
      watch.trigger_id_expr, watch.ordering_key, watch.deliver_after, watch.metadata);
  END IF;
  RETURN watch.name;
END
$$;
COMMENT ON FUNCTION reward_outbox.watch(text, text, text[], text, text, text, text, text, text, text, text, text, text) IS
  'Makes or replaces a rule: changes of the table''s rows become events. All but name, table_name, operations, trigger_id and on_error are SQL expressions over NEW, OLD and TG_OP.';

CREATE FUNCTION reward_outbox.unwatch(name text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET lock_timeout = '10s' AS $$
BEGIN
  DELETE FROM reward_outbox.watch_rules r WHERE r.name = unwatch.name;
  RETURN FOUND;
END
$$;
COMMENT ON FUNCTION reward_outbox.unwatch(text) IS 'Removes a rule. False: there was none of that name.';

CREATE FUNCTION reward_outbox.watch_problem(p_name text) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  r       reward_outbox.watch_rules;
  missing text;
  off     text;
BEGIN
  SELECT * INTO r FROM reward_outbox.watch_rules w WHERE w.name = p_name;
  IF NOT EXISTS (SELECT FROM pg_proc p WHERE p.oid = to_regprocedure(format('reward_outbox.%I()', 'watch_' || p_name)) AND p.prosecdef
                 AND p.proowner = (SELECT o.oid FROM pg_roles o WHERE o.rolname = 'reward_outbox_capture')) THEN
    RETURN 'its function is missing or does not belong to reward_outbox_capture: make the rule again';
  END IF;
  IF r.shape IS DISTINCT FROM reward_outbox.watch_shape(r) THEN
    RETURN 'the table has become part of another one, or tables below it have changed: make the rule again';
  END IF;
  SELECT string_agg(w.trigger_name, ', ') FILTER (WHERE g.oid IS NULL), string_agg(w.trigger_name, ', ') FILTER (WHERE g.tgenabled NOT IN ('O', 'A')) INTO missing, off
  FROM reward_outbox.watch_triggers(r) w LEFT JOIN pg_trigger g ON g.tgrelid = r.watched AND g.tgname = w.trigger_name;
  IF missing IS NOT NULL OR off IS NOT NULL THEN
    RETURN concat_ws('; ', 'the table lacks ' || missing || ': make the rule again', 'disabled on the table: ' || off);
  END IF;
  -- What can not be named can not be looked at; the rule may be fine.
  IF NOT has_schema_privilege(current_user, (SELECT c.relnamespace FROM pg_class c WHERE c.oid = r.watched), 'USAGE') THEN
    RETURN NULL;
  END IF;
  EXECUTE format('SELECT reward_outbox.check_watch($1, NULL::%s)', r.watched) USING r;
  RETURN NULL;
EXCEPTION WHEN OTHERS OR assert_failure THEN
  RETURN SQLERRM;
END
$$;
COMMENT ON FUNCTION reward_outbox.watch_problem(text) IS 'Why a rule does not work as it stands, for instance because a column was renamed; null: it does.';

CREATE VIEW reward_outbox.watches AS
  SELECT r.name, format('%I.%I', n.nspname, c.relname) AS table_name, r.operations, r.condition, r.trigger_id, r.trigger_id_expr, r.user_id, r.payload, r.idempotency_key,
         r.ordering_key, r.deliver_after, r.metadata, r.on_error, r.created_at, r.created_by, r.changed_at, r.changed_by,
         CASE WHEN p.problem IS NULL THEN 'ok' ELSE 'broken' END AS state, p.problem,
         (SELECT count(*) FROM reward_outbox.watch_errors e WHERE e.watch = r.name AND e.resolved_at IS NULL) AS unresolved_errors
  FROM reward_outbox.watch_rules r
  JOIN pg_catalog.pg_class c ON c.oid = r.watched
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  CROSS JOIN LATERAL (SELECT reward_outbox.watch_problem(r.name) AS problem OFFSET 0) p;
COMMENT ON VIEW reward_outbox.watches IS 'The rules, and whether each works as it stands. A rule goes with its table.';

-- As the caller, who has to be able to read the table; the expressions as reward_outbox_capture.
CREATE FUNCTION reward_outbox.preview_rule(r reward_outbox.watch_rules, p_limit integer)
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

CREATE FUNCTION reward_outbox.replay_watch_errors(p_watch text DEFAULT NULL, p_after bigint DEFAULT 0, p_limit integer DEFAULT 500)
RETURNS TABLE (error_no bigint, watch text, key jsonb, done boolean, note text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  e       reward_outbox.watch_errors;
  r       reward_outbox.watch_rules;
  emitted boolean;
  gone    text;
  added   text;
BEGIN
  FOR e IN SELECT w.* FROM reward_outbox.watch_errors w WHERE w.resolved_at IS NULL AND w.error_no > p_after AND (p_watch IS NULL OR w.watch = p_watch)
           ORDER BY w.error_no LIMIT p_limit FOR UPDATE SKIP LOCKED LOOP
    error_no := e.error_no; watch := e.watch; key := e.key; done := false;
    SELECT x.* INTO r FROM reward_outbox.watch_rules x JOIN pg_class c ON c.oid = x.watched WHERE x.name = e.watch;
    note := CASE WHEN r.name IS NULL THEN 'there is no such rule any more: make it again, or dismiss the error'
                 WHEN e.new_row IS NULL AND e.old_row IS NULL THEN 'the row was too large to be kept: emit by hand, then dismiss the error' END;
    -- A renamed column would read as null, and the rule might not seem to apply.
    SELECT string_agg(k.name, ', ') FILTER (WHERE a.attname IS NULL), string_agg(a.attname, ', ') FILTER (WHERE k.name IS NULL) INTO gone, added
    FROM jsonb_object_keys(coalesce(e.new_row, e.old_row)) AS k(name)
    FULL JOIN (SELECT x.attname::text FROM pg_attribute x WHERE x.attrelid = r.watched AND x.attnum > 0 AND NOT x.attisdropped) a ON a.attname = k.name;
    IF note IS NULL AND gone IS NOT NULL AND added IS NOT NULL THEN
      note := format('it was kept with the columns %s, which the table no longer has, and without %s: if that is a rename, make it in new_row and old_row of reward_outbox.watch_errors', gone, added);
    END IF;
    IF note IS NULL THEN
      -- Emitting and resolving stand or fall together: that is what makes it exactly once.
      BEGIN
        EXECUTE format('SELECT reward_outbox.emit_stored_row($1, NULL::%s, $2, $3, $4, $5)', r.watched) INTO emitted USING r, e.new_row, e.old_row, e.operation, e.table_name;
        done := true;
        note := CASE WHEN emitted THEN 'emitted' WHEN NOT emitted THEN 'its idempotency key was emitted before' ELSE 'the rule does not apply to this row' END;
        UPDATE reward_outbox.watch_errors w SET resolved_at = clock_timestamp(), resolution = 'replayed by ' || session_user || ': ' || note WHERE w.error_no = e.error_no;
      EXCEPTION WHEN OTHERS OR assert_failure THEN
        done := false;
        note := left(SQLERRM, 1000);
        UPDATE reward_outbox.watch_errors w SET error_code = SQLSTATE, error_message = note WHERE w.error_no = e.error_no;
      END;
    END IF;
    RETURN NEXT;
  END LOOP;
END
$$;
COMMENT ON FUNCTION reward_outbox.replay_watch_errors(text, bigint, integer) IS 'Emits what a rule missed, now that it is mended, each row once: one batch, from p_after on. Done: nothing is missing any more.';

CREATE FUNCTION reward_outbox.dismiss_watch_errors(p_watch text, p_error_nos bigint[], p_reason text, p_actor text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  dismissed bigint;
BEGIN
  UPDATE reward_outbox.watch_errors w SET resolved_at = clock_timestamp(), resolution = 'dismissed by ' || coalesce(p_actor, session_user) || ': ' || p_reason
  WHERE w.resolved_at IS NULL AND w.watch = p_watch AND (p_error_nos IS NULL OR w.error_no = ANY (p_error_nos));
  GET DIAGNOSTICS dismissed = ROW_COUNT;
  PERFORM reward_outbox.record_operation(p_actor, 'dismiss_watch_errors', NULL, NULL, p_reason, jsonb_build_object('watch', p_watch, 'errors', dismissed));
  RETURN dismissed;
END
$$;
COMMENT ON FUNCTION reward_outbox.dismiss_watch_errors(text, bigint[], text, text) IS 'Unresolved errors of a rule, all or some, need nothing further. Returns how many.';

CREATE FUNCTION reward_outbox.prune_watch_errors(p_before timestamptz) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  pruned bigint;
BEGIN
  DELETE FROM reward_outbox.watch_errors w WHERE w.resolved_at < p_before;
  GET DIAGNOSTICS pruned = ROW_COUNT;
  RETURN pruned;
END
$$;
COMMENT ON FUNCTION reward_outbox.prune_watch_errors(timestamptz) IS 'Deletes errors that were resolved before a time. Unresolved ones stay.';

DO $$
DECLARE
  f regprocedure;
BEGIN
  FOR f IN SELECT p.oid::regprocedure FROM pg_proc p WHERE p.pronamespace = 'reward_outbox'::regnamespace AND (p.proname ~ 'watch' OR p.proname IN
           ('mark_parent_statement', 'outbox_problem', 'emit_stored_row', 'preview_rule')) LOOP
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', f);
  END LOOP;
  GRANT CREATE ON SCHEMA reward_outbox TO reward_outbox_capture;
  FOREACH f IN ARRAY ARRAY['reward_outbox.check_watch(reward_outbox.watch_rules, anyelement)', 'reward_outbox.evaluate_watch(reward_outbox.watch_rules, anyelement, anyelement, text)',
    'reward_outbox.emit_stored_row(reward_outbox.watch_rules, anyelement, jsonb, jsonb, text, text)']::regprocedure[] LOOP
    EXECUTE format('ALTER FUNCTION %s OWNER TO reward_outbox_capture', f);
  END LOOP;
  REVOKE CREATE ON SCHEMA reward_outbox FROM reward_outbox_capture;
END
$$;
REVOKE ALL ON reward_outbox.watch_rules, reward_outbox.watch_errors, reward_outbox.watches FROM PUBLIC;

GRANT USAGE ON SCHEMA reward_outbox TO reward_outbox_capture, reward_outbox_watcher;
GRANT INSERT (trigger_id, user_id, payload, idempotency_key, ordering_key, deliver_after, metadata, source), SELECT (idempotency_key) ON reward_outbox.outbox TO reward_outbox_capture;
GRANT INSERT ON reward_outbox.watch_errors TO reward_outbox_capture;
GRANT EXECUTE ON FUNCTION reward_outbox.check_event(text, text, jsonb, text, text, timestamptz, jsonb) TO reward_outbox_capture, reward_outbox_watcher;
GRANT EXECUTE ON FUNCTION
  reward_outbox.watch_values(reward_outbox.watch_rules, text, text), reward_outbox.watch_emission(reward_outbox.watch_rules, text, text, text),
  reward_outbox.watch_expressions(reward_outbox.watch_rules), reward_outbox.watch_key(text[], jsonb, jsonb),
  reward_outbox.record_watch_error(text, text, text, text[], text, text, jsonb, jsonb), reward_outbox.outbox_problem(text, text, jsonb, text, text, timestamptz, jsonb)
TO reward_outbox_capture;

-- Makes rules, on tables it owns. It may change watch_rules itself: the table's triggers check every row.
GRANT SELECT, INSERT, UPDATE, DELETE ON reward_outbox.watch_rules TO reward_outbox_watcher;
GRANT SELECT ON reward_outbox.watches, reward_outbox.migrations TO reward_outbox_watcher;
GRANT EXECUTE ON FUNCTION
  reward_outbox.watch(text, text, text[], text, text, text, text, text, text, text, text, text, text), reward_outbox.unwatch(text),
  reward_outbox.preview_rule(reward_outbox.watch_rules, integer), reward_outbox.watch_problem(text),
  reward_outbox.checked_watch_rule(reward_outbox.watch_rules), reward_outbox.check_watch(reward_outbox.watch_rules, anyelement),
  reward_outbox.evaluate_watch(reward_outbox.watch_rules, anyelement, anyelement, text), reward_outbox.watch_shape(reward_outbox.watch_rules),
  reward_outbox.watch_triggers(reward_outbox.watch_rules), reward_outbox.watch_mentions(reward_outbox.watch_rules, text),
  reward_outbox.watch_expressions(reward_outbox.watch_rules), reward_outbox.mark_parent_statement(),
  reward_outbox.outbox_problem(text, text, jsonb, text, text, timestamptz, jsonb)
TO reward_outbox_watcher;

GRANT SELECT ON reward_outbox.watches, reward_outbox.watch_rules, reward_outbox.watch_errors TO reward_outbox_auditor;
GRANT EXECUTE ON FUNCTION reward_outbox.watch_problem(text) TO reward_outbox_auditor;
GRANT SELECT (watch, resolved_at) ON reward_outbox.watch_errors TO reward_outbox_relay;
GRANT EXECUTE ON FUNCTION reward_outbox.replay_watch_errors(text, bigint, integer), reward_outbox.dismiss_watch_errors(text, bigint[], text, text),
  reward_outbox.prune_watch_errors(timestamptz)
TO reward_outbox_operator;
