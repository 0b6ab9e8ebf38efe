CREATE OR REPLACE FUNCTION reward_outbox.no_key() RETURNS text
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'idempotency_key is null: the event could be made twice'
    USING ERRCODE = 'not_null_violation', COLUMN = 'idempotency_key',
          HINT = 'Use columns that are never null, or leave the key out where every change is an event of '
                 'its own.';
END
$$;
COMMENT ON FUNCTION reward_outbox.no_key() IS
  'Part of a rule: what stands behind an idempotency key that is null.';
