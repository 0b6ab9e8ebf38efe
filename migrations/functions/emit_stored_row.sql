-- True: emitted. False: its idempotency key was emitted before. Null: the rule does not apply to the row.
CREATE OR REPLACE FUNCTION reward_outbox.emit_stored_row(r reward_outbox.watch_rules, p_type anyelement, p_new jsonb, p_old jsonb, p_operation text, p_table text) RETURNS boolean
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
