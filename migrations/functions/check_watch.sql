-- The registry at work: a row written to watch_rules is checked, becomes a function and its triggers, and takes them with it when it is deleted.
--
-- First, trying a rule. That runs as reward_outbox_capture, as the rule itself will: who looks at a rule, a superuser perhaps, does not run its
-- owner's code. The table's row type comes in as an argument, because that role need not be able to name it.

-- Fails as PostgreSQL itself does, with the position in the text around the expression, which the error shows.
CREATE OR REPLACE FUNCTION reward_outbox.check_watch(r reward_outbox.watch_rules, p_row anyelement) RETURNS void
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
