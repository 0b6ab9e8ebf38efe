-- The registry at work: a row written to watch_rules is checked, becomes a function and its triggers, and takes them with it when it is deleted.
--
-- First, trying a rule. That runs as reward_outbox_capture, as the rule itself will: who looks at a rule, a superuser perhaps, does not run its
-- owner's code. The table's row type comes in as an argument, because that role need not be able to name it.

-- Fails as PostgreSQL itself does, with the position in the text around the expression, which the error shows.
CREATE FUNCTION reward_outbox.check_watch(r reward_outbox.watch_rules, p_row anyelement) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
DECLARE
  row_source CONSTANT text := E'\nFROM (SELECT ($1).*) AS new, (SELECT ($1).*) AS old, (SELECT $2::text AS tg_op) AS tg';
  e     record;
  found regtype;
BEGIN
  FOR e IN SELECT * FROM reward_outbox.watch_expressions(r) LOOP
    IF regexp_replace(e.expression, '''([^'']|'''')*''', '', 'g') ~ '(^|[^[:alnum:]_$"])\$[0-9]' THEN
      RAISE EXCEPTION '%: an expression has no parameters such as $1', e.parameter USING ERRCODE = 'undefined_parameter';
    END IF;
    -- In parentheses only one expression is one expression; without them no parenthesis can be closed that was not opened. Both in one text,
    -- so that nothing of it runs before all of it has been read.
    EXECUTE format(E'SELECT 1 /* %1$s */ %2$s\nWHERE false AND (\n%3$s\n) IS NULL;\nSELECT /* %1$s */\n%3$s\n%2$s\nLIMIT 0', e.parameter, row_source, e.expression) USING p_row, 'INSERT';
    EXECUTE format(E'SELECT pg_typeof(x.v) FROM (SELECT) AS one LEFT JOIN (SELECT (\n%s\n) AS v %s WHERE false) AS x ON true', e.expression, row_source) INTO found USING p_row, 'INSERT';
    IF found = 'record'::regtype THEN
      RAISE EXCEPTION '%: this is a list of values, not one expression', e.parameter USING ERRCODE = 'datatype_mismatch';
    END IF;
  END LOOP;
  EXECUTE 'EXPLAIN ' || reward_outbox.watch_emission(r, '''''', 'new.%1$I', row_source) USING p_row, 'INSERT';
EXCEPTION WHEN insufficient_privilege THEN
  RAISE EXCEPTION '%', coalesce(e.parameter || ': ', '') || SQLERRM USING ERRCODE = 'insufficient_privilege',
    HINT = 'A rule runs as reward_outbox_capture: it sees NEW, OLD and TG_OP and may call what that role may call; other tables it can not read.';
END
$$;
COMMENT ON FUNCTION reward_outbox.check_watch(reward_outbox.watch_rules, anyelement) IS 'Part of watch(): fails where the rule would not work on rows of this type.';

CREATE FUNCTION reward_outbox.evaluate_watch(r reward_outbox.watch_rules, p_new anyelement, p_old anyelement, p_operation text,
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

-- True: emitted. False: its idempotency key was emitted before. Null: the rule does not apply to the row.
CREATE FUNCTION reward_outbox.emit_stored_row(r reward_outbox.watch_rules, p_type anyelement, p_new jsonb, p_old jsonb, p_operation text, p_table text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
DECLARE
  row_source CONSTANT text := E'\nFROM (SELECT ($1).*) AS new, (SELECT ($2).*) AS old, (SELECT $3::text AS tg_op) AS tg';
  found      integer;
  applies    boolean;
BEGIN
  EXECUTE reward_outbox.watch_emission(r, quote_literal(p_table), CASE p_operation WHEN 'DELETE' THEN 'old.%1$I' ELSE 'new.%1$I' END, row_source)
  USING jsonb_populate_record(p_type, p_new), jsonb_populate_record(p_type, p_old), p_operation;
  GET DIAGNOSTICS found = ROW_COUNT;
  IF found > 0 THEN
    RETURN true;
  END IF;
  EXECUTE 'SELECT ' || coalesce(E'(\n' || r.condition || E'\n)', 'true') || row_source INTO applies
  USING jsonb_populate_record(p_type, p_new), jsonb_populate_record(p_type, p_old), p_operation;
  RETURN CASE WHEN applies THEN false END;
END
$$;
COMMENT ON FUNCTION reward_outbox.emit_stored_row(reward_outbox.watch_rules, anyelement, jsonb, jsonb, text, text) IS 'Part of replay_watch_errors: emits what a rule makes of a kept row.';

-- Runs as whoever makes the rule. What PostgreSQL says about an expression is passed on as it is: only so does its position reach the reader.
CREATE FUNCTION reward_outbox.checked_watch_rule(r reward_outbox.watch_rules) RETURNS reward_outbox.watch_rules
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  c       record;
  problem text;
  unknown text;
  virtual text;
BEGIN
  SELECT k.relkind, k.relpersistence, n.nspname, format('%I.%I', n.nspname, k.relname) AS full_name INTO c
  FROM pg_class k JOIN pg_namespace n ON n.oid = k.relnamespace WHERE k.oid = r.watched;
  r.condition := nullif(btrim(r.condition, E' \t\r\n'), '');
  SELECT string_agg(o.word, ', ') INTO unknown FROM unnest(r.operations) AS o(word) WHERE upper(o.word) NOT IN ('INSERT', 'UPDATE', 'DELETE') OR o.word IS NULL;
  r.operations := ARRAY(SELECT o.word FROM (VALUES (1, 'INSERT'), (2, 'UPDATE'), (3, 'DELETE')) AS o(n, word) WHERE o.word = ANY (upper(r.operations::text)::text[]) ORDER BY o.n);
  problem := CASE
    WHEN r.name !~ '^[A-Za-z0-9_][A-Za-z0-9_.-]{0,39}$' OR r.name IS NULL THEN 'name: 1 to 40 letters, digits, _, . or -, beginning with a letter, digit or _'
    WHEN c IS NULL THEN 'table_name: there is no such table'
    WHEN c.relkind IN ('v', 'm') THEN format('table_name: %s is a view; watch the table behind it', c.full_name)
    WHEN c.relkind NOT IN ('r', 'p', 'f') THEN format('table_name: %s is not a table', c.full_name)
    WHEN c.relpersistence = 't' THEN format('table_name: %s is a temporary table', c.full_name)
    WHEN c.nspname IN ('reward_outbox', 'pg_catalog', 'information_schema') THEN format('table_name: tables of schema %s can not be watched', c.nspname)
    WHEN cardinality(r.operations) = 0 OR unknown IS NOT NULL THEN 'operations: expected some of INSERT, UPDATE, DELETE'
    WHEN r.on_error NOT IN ('record', 'raise') OR r.on_error IS NULL THEN 'on_error: expected record or raise'
    WHEN (r.trigger_id IS NULL) = (r.trigger_id_expr IS NULL) THEN 'trigger_id: give either trigger_id, a literal, or trigger_id_expr, an expression'
    WHEN r.user_id IS NULL THEN 'user_id: an expression is needed, such as NEW.customer_id::text'
    WHEN r.trigger_id IS NOT NULL THEN reward_outbox.outbox_problem(r.trigger_id, 'u', '{}', NULL, NULL, NULL, NULL) END;
  IF problem IS NOT NULL THEN
    RAISE EXCEPTION 'watch %: %', coalesce(r.name, '?'), problem USING ERRCODE = 'invalid_parameter_value';
  END IF;
  SELECT coalesce(array_agg(a.attname::text ORDER BY k.n), '{}') INTO r.key_columns
  FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey::smallint[]) WITH ORDINALITY AS k(attnum, n) JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
  WHERE i.indrelid = r.watched AND i.indisprimary AND k.n <= i.indnkeyatts;
  SELECT a.attname INTO virtual FROM pg_attribute a
  WHERE a.attrelid = r.watched AND a.attgenerated = 'v' AND reward_outbox.watch_mentions(r, '\m(new|old)"?\s*\.\s*"?' || regexp_replace(a.attname, '\W', '\\\&', 'g') || '\M');
  IF virtual IS NOT NULL THEN
    RAISE EXCEPTION 'watch %: % is a virtual generated column, which has no value in triggers', r.name, virtual
      USING ERRCODE = 'invalid_parameter_value', HINT = 'Repeat its expression, or make it STORED.';
  END IF;
  r.shape := reward_outbox.watch_shape(r);
  EXECUTE format('SELECT reward_outbox.check_watch($1, NULL::%s)', r.watched) USING r;
  RETURN r;
END
$$;
COMMENT ON FUNCTION reward_outbox.checked_watch_rule(reward_outbox.watch_rules) IS 'Part of watch(): the rule as it will be kept, or an error that says what is wrong with it.';

-- Also runs as whoever makes the rule, however they came to: this is where the right to do so is checked.
CREATE FUNCTION reward_outbox.prepare_watch_rule() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  c record;
  t record;
BEGIN
  FOR c IN SELECT k.oid, k.oid::regclass AS name, k.relowner FROM pg_class k
           WHERE k.oid IN (CASE WHEN TG_OP <> 'INSERT' THEN OLD.watched END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.watched END) LOOP
    IF NOT pg_has_role(current_user, c.relowner, 'USAGE') THEN
      RAISE EXCEPTION 'must be owner of table % to watch it', c.name USING ERRCODE = 'insufficient_privilege', HINT = 'A rule is code that runs whenever the table is written.';
    END IF;
    IF TG_OP = 'DELETE' THEN
      FOR t IN SELECT g.tgname FROM pg_trigger g JOIN reward_outbox.watch_triggers(OLD) w ON w.trigger_name = g.tgname WHERE g.tgrelid = OLD.watched LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', t.tgname, OLD.watched);
      END LOOP;
    END IF;
  END LOOP;
  IF TG_OP = 'DELETE' THEN
    RETURN OLD;
  END IF;
  IF TG_OP = 'UPDATE' AND NEW.name <> OLD.name THEN
    RAISE EXCEPTION 'a rule can not be renamed: remove it and make a new one' USING ERRCODE = 'feature_not_supported';
  END IF;
  NEW := reward_outbox.checked_watch_rule(NEW);
  NEW.created_at := CASE TG_OP WHEN 'UPDATE' THEN OLD.created_at ELSE now() END;
  NEW.created_by := CASE TG_OP WHEN 'UPDATE' THEN OLD.created_by ELSE current_user END;
  NEW.changed_at := now();
  NEW.changed_by := current_user;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION reward_outbox.prepare_watch_rule() IS 'Part of watch_rules: checks the rule and the right to make it.';

-- Runs as the schema's owner. The function belongs to reward_outbox_capture, which may make nothing in this schema by itself.
CREATE FUNCTION reward_outbox.compile_watch_rule() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(1380929362, 4);
  IF TG_OP = 'DELETE' THEN
    EXECUTE format('DROP FUNCTION IF EXISTS reward_outbox.%I()', 'watch_' || OLD.name);
    RETURN NULL;
  END IF;
  GRANT CREATE ON SCHEMA reward_outbox TO reward_outbox_capture;
  EXECUTE format('CREATE OR REPLACE FUNCTION reward_outbox.%I() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS %L',
    'watch_' || NEW.name, reward_outbox.watch_body(NEW));
  EXECUTE format('ALTER FUNCTION reward_outbox.%I() OWNER TO reward_outbox_capture', 'watch_' || NEW.name);
  REVOKE CREATE ON SCHEMA reward_outbox FROM reward_outbox_capture;
  -- With the right to execute it, anybody could hang it on a table of their own and have it emit what they like.
  EXECUTE format('REVOKE ALL ON FUNCTION reward_outbox.%I() FROM PUBLIC', 'watch_' || NEW.name);
  EXECUTE format('GRANT EXECUTE ON FUNCTION reward_outbox.%I() TO %I', 'watch_' || NEW.name, NEW.changed_by);
  EXECUTE format('COMMENT ON FUNCTION reward_outbox.%I() IS %L', 'watch_' || NEW.name, 'Rule ' || NEW.name || ' of reward_outbox.watches.');
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION reward_outbox.compile_watch_rule() IS 'Part of watch_rules: makes a rule''s function.';

-- As whoever makes the rule: CREATE TRIGGER asks for the table's owner again. It waits for writers of the table, and others would wait behind it.
CREATE FUNCTION reward_outbox.attach_watch_rule() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET lock_timeout = '10s' AS $$
DECLARE
  t record;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    FOR t IN SELECT g.tgname FROM pg_trigger g JOIN reward_outbox.watch_triggers(OLD) w ON w.trigger_name = g.tgname
             WHERE g.tgrelid = OLD.watched AND (OLD.watched <> NEW.watched OR w.trigger_name NOT IN (SELECT n.trigger_name FROM reward_outbox.watch_triggers(NEW) n)) LOOP
      EXECUTE format('DROP TRIGGER %I ON %s', t.tgname, OLD.watched);
    END LOOP;
  END IF;
  FOR t IN SELECT * FROM reward_outbox.watch_triggers(NEW) LOOP
    EXECUTE format('CREATE OR REPLACE TRIGGER %I %s', t.trigger_name, t.ddl);
  END LOOP;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION reward_outbox.attach_watch_rule() IS 'Part of watch_rules: makes a rule''s triggers.';

CREATE FUNCTION reward_outbox.seal_watch_rule() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE format('REVOKE ALL ON FUNCTION reward_outbox.%I() FROM %I', 'watch_' || NEW.name, NEW.changed_by);
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION reward_outbox.seal_watch_rule() IS 'Part of watch_rules: nobody can hang a rule''s function on another table.';

-- In the order of their names.
CREATE TRIGGER a_prepare BEFORE INSERT OR UPDATE OR DELETE ON reward_outbox.watch_rules FOR EACH ROW EXECUTE FUNCTION reward_outbox.prepare_watch_rule();
CREATE TRIGGER b_compile AFTER INSERT OR UPDATE OR DELETE ON reward_outbox.watch_rules FOR EACH ROW EXECUTE FUNCTION reward_outbox.compile_watch_rule();
CREATE TRIGGER c_attach AFTER INSERT OR UPDATE ON reward_outbox.watch_rules FOR EACH ROW EXECUTE FUNCTION reward_outbox.attach_watch_rule();
CREATE TRIGGER d_seal AFTER INSERT OR UPDATE ON reward_outbox.watch_rules FOR EACH ROW EXECUTE FUNCTION reward_outbox.seal_watch_rule();
