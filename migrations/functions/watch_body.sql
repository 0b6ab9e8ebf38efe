-- A row-level trigger of a partitioned table fires in partitions that have no trigger
-- of their own yet, whether they are written directly or through the table: those
-- rows are captured there, and left out where the statement is over.
--
-- What happens when a statement is over. First all of it at once. If that fails, row by row:
-- one subtransaction goes on until a row fails, so that failures cost a subtransaction each and
-- rows that can be captured cost none. A rule that fails again and again is not asked any
-- further in this statement: the rows are kept by their keys, for a replay.
--
-- Nothing that is declared has a type of this schema: those are looked up before
-- anything runs, and where the table's owner has lost the right to (REASSIGN OWNED,
-- a dump restored without privileges), the writer's statement would fail.
CREATE OR REPLACE FUNCTION reward_outbox.watch_body(r reward_outbox.watch_rules) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $body$
  SELECT format($part$
-- Rule %1$L of reward_outbox.watch(). Generated: change the rule, not this.
#variable_conflict use_column
DECLARE
%4$s
  reward_keys   jsonb[] := '{}';
  reward_key    jsonb;
  reward_code   text;
  reward_error  text;
  reward_found  boolean;
  reward_before text[];
  reward_mode   text := 'evaluate';
  reward_ended  boolean := false;
  reward_at_once boolean := true;
  reward_seen   bigint := 0;
  reward_failed bigint := 0;
  reward_skip   boolean[];
  reward_new    refcursor;
  reward_old    refcursor;
BEGIN
%3$s%2$s
  RETURN NULL;
END
$part$, r.name,
    CASE WHEN r.shape LIKE 'row%' THEN reward_outbox.watch_row_steps(r)
         WHEN r.shape LIKE 'partitioned%'
           THEN format(E'  IF TG_LEVEL = ''ROW'' THEN\n    PERFORM set_config(%L, ''on'', true);%s\n  END '
                        'IF;',
           reward_outbox.watch_mark(r.name), reward_outbox.watch_row_steps(r))
           || reward_outbox.watch_statement_steps(r)
         ELSE reward_outbox.watch_statement_steps(r) END,
    reward_outbox.watch_step(r, 'begin'),
    -- One event, and what is collected of many.
    reward_outbox.watch_fields(E'  reward_event_%1$s %2$s;\n  reward_events_%1$s %2$s[] := ''{}'';', E'\n'))
$body$;
COMMENT ON FUNCTION reward_outbox.watch_body(reward_outbox.watch_rules) IS
  'Part of watch(): the text of a rule''s trigger function.';
