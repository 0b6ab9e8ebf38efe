-- A lock that is waited for stands in line before all who come later, so the shop's
-- writers would wait as long as the transaction that has the table. Waiting is
-- therefore short, with pauses in which they go on. Runs as the caller.
CREATE OR REPLACE FUNCTION reward_outbox.in_short_steps(p_ddl text) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET lock_timeout = '200ms' AS $$
DECLARE
  tries CONSTANT integer := 30;
BEGIN
  FOR try IN 1..tries LOOP
    BEGIN
      EXECUTE p_ddl;
      RETURN;
    EXCEPTION WHEN lock_not_available THEN
      IF try = tries THEN
        RAISE;
      END IF;
    END;
    PERFORM pg_sleep(0.1 + random() * 0.2);
  END LOOP;
END
$$;
COMMENT ON FUNCTION reward_outbox.in_short_steps(text) IS
  'Part of watch(): changes a table that others write, without making them wait for long. Gives up after '
  'ten seconds.';
