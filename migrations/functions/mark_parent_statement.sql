-- Runs as the writer. The mark goes with the transaction or savepoint, so a statement that fails leaves none behind.
CREATE OR REPLACE FUNCTION reward_outbox.mark_parent_statement() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_catalog.set_config(TG_ARGV[0], (coalesce(nullif(pg_catalog.current_setting(TG_ARGV[0], true), ''), '0')::pg_catalog.int4 OPERATOR(pg_catalog.+) TG_ARGV[1]::pg_catalog.int4)::pg_catalog.text, true);
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION reward_outbox.mark_parent_statement() IS 'Part of a rule on a partitioned table: tells its row-level triggers that the statement-level ones see the rows.';
