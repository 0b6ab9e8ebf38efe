CREATE OR REPLACE FUNCTION reward_outbox.watch_row_steps(r reward_outbox.watch_rules) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $body$
  SELECT format($part$
  LOOP
    BEGIN
      %1$s
      %2$s
      IF reward_found THEN
%3$s
        %4$s
        FROM (SELECT %9$s) AS c%7$s;
      END IF;
      RETURN NULL;
    EXCEPTION WHEN OTHERS OR assert_failure THEN
      %5$s
      reward_code := SQLSTATE;
      reward_error := SQLERRM;
      %8$s
      IF reward_code = '42804' AND reward_failed = 0 THEN
        -- A column has another type since this session made its plans,
        -- which plpgsql does not notice by itself.
        reward_failed := 1;
        DISCARD PLANS;
      ELSE
      %6$s
        RETURN NULL;
      END IF;
    END;
  END LOOP;$part$,
    reward_outbox.watch_step(r, 'owned'), reward_outbox.watch_step(r, 'applies'),
    reward_outbox.watch_step(r, 'event'),
    reward_outbox.watch_step(r, 'insert'), reward_outbox.watch_step(r, 'doomed'),
    reward_outbox.watch_step(r, 'failed'), reward_outbox.watch_step(r, 'new'),
    reward_outbox.watch_step(r, 'locked'), reward_outbox.watch_fields('reward_event_%1$s AS %1$s'))
$body$;
COMMENT ON FUNCTION reward_outbox.watch_row_steps(reward_outbox.watch_rules) IS
  'Part of watch(): what a row-level trigger of a rule does.';
