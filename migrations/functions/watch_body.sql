CREATE OR REPLACE FUNCTION reward_outbox.watch_body(r reward_outbox.watch_rules) RETURNS text
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
