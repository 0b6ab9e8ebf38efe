-- How a rule becomes a trigger function: plain text, put together once, when the rule is made.

-- What a rule puts into each column. Expressions stand in parentheses on lines of their own, so that a comment at the end of one ends there.
CREATE FUNCTION reward_outbox.watch_values(r reward_outbox.watch_rules, p_table text, p_key text) RETURNS TABLE (n integer, name text, value text)
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  VALUES
    (1, 'trigger_id', coalesce(quote_literal(r.trigger_id), E'(\n' || r.trigger_id_expr || E'\n)')),
    (2, 'user_id', E'(\n' || r.user_id || E'\n)'),
    (3, 'payload', E'(\n' || r.payload || E'\n)'),
    (4, 'idempotency_key', E'(\n' || r.idempotency_key || E'\n)'),
    (5, 'ordering_key', E'(\n' || r.ordering_key || E'\n)'),
    (6, 'deliver_after', E'(\n' || r.deliver_after || E'\n)'),
    (7, 'metadata', coalesce(E'coalesce((\n' || r.metadata || E'\n), ''{}'') || ', '') || format('jsonb_build_object(''watch'', %L, ''table'', %s', r.name, p_table)
      || coalesce(', ''key'', jsonb_build_object(' || (SELECT string_agg(format('%1$L, ' || p_key, k), ', ') FROM unnest(r.key_columns) k) || ')', '') || ')')
$$;
COMMENT ON FUNCTION reward_outbox.watch_values(reward_outbox.watch_rules, text, text) IS 'Part of watch(): SQL for each column of outbox; p_key gets the value of a key column.';

CREATE FUNCTION reward_outbox.watch_emission(r reward_outbox.watch_rules, p_table text, p_key text, p_from text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT 'INSERT INTO reward_outbox.outbox (' || string_agg(v.name, ', ' ORDER BY v.n) || E', source)\nSELECT\n'
    || string_agg(format('  /* %s */ %s', v.name, v.value), E',\n' ORDER BY v.n) || format(E',\n  /* source */ %L', r.name)
    || coalesce(E'\n' || p_from, '') || coalesce(E'\nWHERE /* condition */ (\n' || r.condition || E'\n)', '')
    || CASE WHEN r.idempotency_key IS NULL THEN '' ELSE E'\nON CONFLICT (idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING' END
  FROM reward_outbox.watch_values(r, p_table, p_key) v WHERE v.value IS NOT NULL
$$;
COMMENT ON FUNCTION reward_outbox.watch_emission(reward_outbox.watch_rules, text, text, text) IS 'Part of watch(): the INSERT of a rule, reading from the given FROM.';

CREATE FUNCTION reward_outbox.watch_expressions(r reward_outbox.watch_rules) RETURNS TABLE (parameter text, expression text)
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT p.* FROM (VALUES ('condition', r.condition), ('trigger_id_expr', r.trigger_id_expr), ('user_id', r.user_id), ('payload', r.payload),
    ('idempotency_key', r.idempotency_key), ('ordering_key', r.ordering_key), ('deliver_after', r.deliver_after), ('metadata', r.metadata)) AS p(parameter, expression)
  WHERE p.expression IS NOT NULL
$$;
COMMENT ON FUNCTION reward_outbox.watch_expressions(reward_outbox.watch_rules) IS 'Part of watch(): the expressions of a rule, by parameter.';

-- Reading too much into a text costs some speed, reading too little costs nothing else: what these take for a mention need not be one.
CREATE FUNCTION reward_outbox.watch_mentions(r reward_outbox.watch_rules, p_pattern text) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(bool_or(e.expression ~* p_pattern), false) FROM reward_outbox.watch_expressions(r) e
$$;
COMMENT ON FUNCTION reward_outbox.watch_mentions(reward_outbox.watch_rules, text) IS 'Part of watch(): whether an expression contains a pattern.';

-- Which triggers do it. One statement-level trigger with transition tables per operation, where that sees everything; row-level triggers
-- * for foreign tables, which have no transition tables, and for tables with foreign tables below them, which with transition tables could not be
--   written any more;
-- * for a child or partition: what is written through its parent fires only its row-level triggers;
-- * where an UPDATE needs the whole of a row and both versions of it: pairing them adds a column.
-- A partitioned table has both: statement-level for what is written through it (an UPDATE that moves a row to another partition is one there, and
-- DELETE and INSERT for the partitions), row-level for what is written directly to a partition, existing or future.
CREATE FUNCTION reward_outbox.watch_shape(r reward_outbox.watch_rules) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  WITH RECURSIVE below AS (
    SELECT i.inhrelid AS oid FROM pg_inherits i WHERE i.inhparent = r.watched
    UNION
    SELECT i.inhrelid FROM below b JOIN pg_inherits i ON i.inhparent = b.oid
  )
  SELECT CASE
      WHEN c.relkind = 'f' OR EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid) THEN 'row'
      WHEN EXISTS (SELECT FROM below b JOIN pg_class f ON f.oid = b.oid WHERE f.relkind = 'f') THEN 'row'
      WHEN pairs.needed AND EXISTS (SELECT FROM reward_outbox.watch_expressions(r) e
        WHERE regexp_replace(e.expression, '''([^'']|'''')*''', '', 'g') ~* '\m(new|old)\M(?!"?\s*\.\s*[^*\s])') THEN 'row'
      WHEN c.relkind = 'p' THEN 'partitioned'
      ELSE 'statement' END || CASE WHEN pairs.needed THEN ' paired' ELSE '' END
  FROM pg_class c, (SELECT 'UPDATE' = ANY (r.operations) AND reward_outbox.watch_mentions(r, '\mold\M') AS needed) pairs
  WHERE c.oid = r.watched
$$;
COMMENT ON FUNCTION reward_outbox.watch_shape(reward_outbox.watch_rules) IS 'Part of watch(): which kinds of trigger a rule needs.';

-- PostgreSQL fills both transition tables of an UPDATE row by row, so their rows belong together by position, whatever happened to the key.
CREATE FUNCTION reward_outbox.watch_source(r reward_outbox.watch_rules, p_operation text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE
    WHEN p_operation = 'INSERT' THEN 'FROM reward_new AS new' || CASE WHEN reward_outbox.watch_mentions(r, '\mold\M') THEN ' LEFT JOIN reward_new AS old ON false' ELSE '' END
    WHEN p_operation = 'DELETE' THEN 'FROM reward_old AS old' || CASE WHEN reward_outbox.watch_mentions(r, '\mnew\M') THEN ' LEFT JOIN reward_old AS new ON false' ELSE '' END
    WHEN r.shape LIKE '% paired' THEN 'FROM (SELECT n.*, row_number() OVER () AS reward_outbox_pair FROM reward_new AS n) AS new'
      || E'\nJOIN (SELECT o.*, row_number() OVER () AS reward_outbox_pair FROM reward_old AS o) AS old ON old.reward_outbox_pair = new.reward_outbox_pair'
    ELSE 'FROM reward_new AS new' END
$$;
COMMENT ON FUNCTION reward_outbox.watch_source(reward_outbox.watch_rules, text) IS 'Part of watch(): where the statement of an operation reads its rows.';

CREATE FUNCTION reward_outbox.watch_body(r reward_outbox.watch_rules) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  table_text CONSTANT text := 'format(''%I.%I'', TG_TABLE_SCHEMA, TG_TABLE_NAME)';
  both_rows  CONSTANT text := 'CASE TG_OP WHEN ''DELETE'' THEN NULL ELSE to_jsonb(NEW) END, CASE TG_OP WHEN ''INSERT'' THEN NULL ELSE to_jsonb(OLD) END';
  -- A serialization failure under SERIALIZABLE dooms the transaction: going on would hide an anomaly. OTHERS leaves out a cancelled query by itself.
  doomed     CONSTANT text := 'IF SQLSTATE = ''40001'' AND current_setting(''transaction_isolation'') = ''serializable'' THEN RAISE; END IF;';
  by_rows    CONSTANT boolean := r.shape LIKE 'row%';
  paired     CONSTANT boolean := r.shape LIKE '%paired';
  failed     text;
  statements text;
BEGIN
  failed := CASE r.on_error WHEN 'raise' THEN format($part$
      RAISE EXCEPTION USING ERRCODE = SQLSTATE,
        MESSAGE = format('watch %%s failed on %%s %%s: %%s', %1$L::text, %2$s, reward_outbox.watch_key(%3$L, %4$s), SQLERRM),
        HINT = 'The rule is on_error => ''raise'': it fails the statement instead of losing an event. See reward_outbox.watches.';$part$,
      r.name, table_text, r.key_columns, both_rows)
    ELSE format($part$
      BEGIN
        PERFORM reward_outbox.record_watch_error(%1$L, %2$s, TG_OP, %3$L, SQLSTATE, SQLERRM, %4$s);
      EXCEPTION WHEN OTHERS OR assert_failure THEN
        %5$s
        RAISE WARNING 'watch %% could neither capture a row of %% nor record that: %%', %1$L::text, %2$s, SQLERRM;
      END;$part$, r.name, table_text, r.key_columns, both_rows, doomed) END;
  SELECT string_agg(format(E'      %s TG_OP = %L THEN%s\n%s;\n', CASE o.n WHEN 1 THEN 'IF' ELSE 'ELSIF' END, o.operation,
      -- First whether there is anything: an INSERT of no rows would still ring the relays.
      -- Only possible where a row moves to a partition whose BEFORE trigger drops it. A wrong pair could be a wrong event.
      CASE WHEN o.operation = 'UPDATE' AND r.shape = 'partitioned paired' THEN $part$
        IF (SELECT count(*) FROM reward_new) <> (SELECT count(*) FROM reward_old) THEN
          RAISE EXCEPTION 'rows were dropped by a trigger on their way to another partition: old and new versions can not be paired' USING ERRCODE = 'RO001';
        END IF;$part$ ELSE '' END,
      format(E'        IF EXISTS (SELECT %s%s) THEN\n%s;\n        END IF', reward_outbox.watch_source(r, o.operation),
        coalesce(E'\nWHERE (\n' || r.condition || E'\n)', ''), reward_outbox.watch_emission(r, table_text, CASE o.operation WHEN 'DELETE' THEN 'old.%1$I' ELSE 'new.%1$I' END, reward_outbox.watch_source(r, o.operation)))), '' ORDER BY o.n)
  INTO statements FROM unnest(r.operations) WITH ORDINALITY AS o(operation, n);
  statements := CASE WHEN by_rows THEN '' ELSE format($part$
  IF TG_LEVEL = 'STATEMENT' THEN
    BEGIN
%1$s      END IF;
      RETURN NULL;
    EXCEPTION WHEN OTHERS OR assert_failure THEN
      %2$s%3$s
    END;
    -- It failed as a whole: row by row, so that only the rows that can not be captured are left out.
    IF TG_OP = 'DELETE' THEN
      SELECT n.* INTO NEW FROM (SELECT) AS none LEFT JOIN reward_old AS n ON false;
    ELSE
      OPEN new_rows FOR SELECT n.* FROM reward_new AS n;
    END IF;
    IF TG_OP = 'INSERT' THEN
      SELECT o.* INTO OLD FROM (SELECT) AS none LEFT JOIN reward_new AS o ON false;
    ELSIF TG_OP IN ('DELETE', %4$L) THEN
      OPEN old_rows FOR SELECT o.* FROM reward_old AS o;
    END IF;
  END IF;$part$, statements, doomed,
    CASE WHEN r.shape = 'partitioned paired' THEN E'\n      IF SQLSTATE = ''RO001'' THEN' || failed || E'\n        RETURN NULL;\n      END IF;' ELSE '' END,
    CASE WHEN paired THEN 'UPDATE' ELSE 'DELETE' END) END;
  RETURN format($part$
-- Rule %1$L of reward_outbox.watch(). Generated: change the rule, not this.
#variable_conflict use_column
DECLARE
  new_rows refcursor;
  old_rows refcursor;
BEGIN%2$s
  LOOP%3$s
    BEGIN
%4$s;
    EXCEPTION WHEN OTHERS OR assert_failure THEN
      %5$s%6$s
    END;
    EXIT WHEN TG_LEVEL = 'ROW';
  END LOOP;%7$s
  RETURN NULL;
END
$part$, r.name, statements, CASE WHEN by_rows THEN '' ELSE $part$
    IF TG_LEVEL = 'STATEMENT' THEN
      IF new_rows IS NOT NULL THEN FETCH new_rows INTO NEW; END IF;
      IF old_rows IS NOT NULL THEN FETCH old_rows INTO OLD; END IF;
      EXIT WHEN NOT FOUND;
    END IF;$part$ END,
    -- Above, new and old are aliases of sets of rows; here they are plpgsql's own NEW and OLD, with the same columns. IF instead of WHERE, because
    -- the planner knows their values and would compute the columns, errors included, of rows that WHERE leaves out.
    coalesce(E'      IF (\n' || r.condition || E'\n) THEN\n', E'      IF true THEN\n')
      || reward_outbox.watch_emission(jsonb_populate_record(r, '{"condition": null}'), table_text, 'CASE TG_OP WHEN ''DELETE'' THEN OLD.%1$I ELSE NEW.%1$I END', NULL)
      || E';\n      END IF', doomed, failed,
    CASE WHEN by_rows THEN '' ELSE $part$
  -- Left open they would live as long as the transaction.
  IF new_rows IS NOT NULL THEN CLOSE new_rows; END IF;
  IF old_rows IS NOT NULL THEN CLOSE old_rows; END IF;$part$ END);
END
$body$;
COMMENT ON FUNCTION reward_outbox.watch_body(reward_outbox.watch_rules) IS 'Part of watch(): the text of a rule''s trigger function.';

CREATE FUNCTION reward_outbox.watch_triggers(r reward_outbox.watch_rules) RETURNS TABLE (trigger_name text, ddl text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  WITH words AS (
    SELECT format('reward_outbox_%s_', r.name) AS prefix, format('reward_outbox.%I()', 'watch_' || r.name) AS function_name,
           -- SET reward_outbox.watch = off: for one session, nothing is captured.
           $w$lower(coalesce(current_setting('reward_outbox.watch', true), '')) NOT IN ('off', 'false', 'no', '0')$w$ AS wanted,
           -- Above 0 while a statement on the parent is writing its partitions: the parent's own triggers see those rows.
           'reward_outbox.through_' || left(md5(r.name), 16) AS mark
  )
  SELECT prefix || lower(o.operation), format('AFTER %s ON %s REFERENCING %s FOR EACH STATEMENT WHEN (%s) EXECUTE FUNCTION %s', o.operation, r.watched,
    CASE o.operation WHEN 'DELETE' THEN 'OLD TABLE AS reward_old'
      ELSE 'NEW TABLE AS reward_new' || CASE WHEN o.operation = 'UPDATE' AND r.shape LIKE '%paired' THEN ' OLD TABLE AS reward_old' ELSE '' END END, wanted, function_name)
  FROM words, unnest(r.operations) AS o(operation) WHERE r.shape NOT LIKE 'row%'
  UNION ALL
  SELECT prefix || 'row', format('AFTER %s ON %s FOR EACH ROW WHEN (%s%s) EXECUTE FUNCTION %s', array_to_string(r.operations, ' OR '), r.watched, wanted,
    CASE WHEN r.shape LIKE 'row%' THEN '' ELSE format(' AND coalesce(current_setting(%L, true), '''') IN ('''', ''0'')', mark) END, function_name)
  FROM words WHERE r.shape NOT LIKE 'statement%'
  UNION ALL
  SELECT prefix || at.word, format('%s INSERT OR UPDATE OR DELETE ON %s FOR EACH STATEMENT EXECUTE FUNCTION reward_outbox.mark_parent_statement(%L, %L)', at.time, r.watched, mark, at.step)
  FROM words, (VALUES ('begin', 'BEFORE', 1), ('end', 'AFTER', -1)) AS at(word, time, step) WHERE r.shape LIKE 'partitioned%'
$$;
COMMENT ON FUNCTION reward_outbox.watch_triggers(reward_outbox.watch_rules) IS 'Part of watch(): the triggers of a rule.';

-- Runs as the writer. The mark goes with the transaction or savepoint, so a statement that fails leaves none behind.
CREATE FUNCTION reward_outbox.mark_parent_statement() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_catalog.set_config(TG_ARGV[0], (coalesce(nullif(pg_catalog.current_setting(TG_ARGV[0], true), ''), '0')::pg_catalog.int4 OPERATOR(pg_catalog.+) TG_ARGV[1]::pg_catalog.int4)::pg_catalog.text, true);
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION reward_outbox.mark_parent_statement() IS 'Part of a rule on a partitioned table: tells its row-level triggers that the statement-level ones see the rows.';

CREATE FUNCTION reward_outbox.watch_key(p_key_columns text[], p_new jsonb, p_old jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT jsonb_object_agg(k, coalesce(p_new, p_old) -> k) FROM unnest(p_key_columns) k WHERE coalesce(p_new, p_old) IS NOT NULL
$$;
COMMENT ON FUNCTION reward_outbox.watch_key(text[], jsonb, jsonb) IS 'Part of a rule: the primary key of a row.';

CREATE FUNCTION reward_outbox.record_watch_error(p_watch text, p_table text, p_operation text, p_key_columns text[], p_code text, p_message text, p_new jsonb, p_old jsonb) RETURNS void
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO reward_outbox.watch_errors (watch, table_name, operation, key, error_code, error_message, new_row, old_row)
  SELECT p_watch, p_table, p_operation, CASE WHEN octet_length(k.key::text) <= 8192 THEN k.key END, p_code, left(p_message, 1000),
         CASE WHEN size.fits THEN p_new END, CASE WHEN size.fits THEN p_old END
  FROM (SELECT coalesce(octet_length(p_new::text), 0) + coalesce(octet_length(p_old::text), 0) <= 1048576 AS fits) size, (SELECT reward_outbox.watch_key(p_key_columns, p_new, p_old) AS key) k
$$;
COMMENT ON FUNCTION reward_outbox.record_watch_error(text, text, text, text[], text, text, jsonb, jsonb) IS 'Part of a rule: keeps a row that could not be captured.';

CREATE FUNCTION reward_outbox.outbox_problem(p_trigger_id text, p_user_id text, p_payload jsonb, p_idempotency_key text, p_ordering_key text, p_deliver_after timestamptz, p_metadata jsonb)
RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  rule text;
BEGIN
  PERFORM reward_outbox.check_event(p_trigger_id, p_user_id, p_payload, p_idempotency_key, p_ordering_key, p_deliver_after, p_metadata);
  RETURN CASE WHEN p_trigger_id IS NULL THEN 'trigger_id is null' WHEN p_user_id IS NULL THEN 'user_id is null' WHEN p_payload IS NULL THEN 'payload is null' END;
EXCEPTION WHEN check_violation THEN
  GET STACKED DIAGNOSTICS rule = CONSTRAINT_NAME;
  RETURN rule;
END
$$;
COMMENT ON FUNCTION reward_outbox.outbox_problem(text, text, jsonb, text, text, timestamptz, jsonb) IS 'Which rule of outbox an event would break; null: none.';
