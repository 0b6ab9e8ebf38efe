CREATE OR REPLACE FUNCTION reward_outbox.watch_row_by_row(r reward_outbox.watch_rules) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $body$
  SELECT format($part$  IF TG_OP = 'DELETE' THEN
    SELECT n.* INTO NEW FROM (SELECT) AS none LEFT JOIN reward_old AS n ON false;
  ELSE
    OPEN reward_new FOR SELECT n.* FROM reward_new AS n;
  END IF;
  IF TG_OP = 'INSERT' THEN
    SELECT o.* INTO OLD FROM (SELECT) AS none LEFT JOIN reward_new AS o ON false;
  ELSIF TG_OP IN ('DELETE', %1$L) THEN
    OPEN reward_old FOR SELECT o.* FROM reward_old AS o;
  END IF;
  LOOP
    BEGIN
      LOOP
        IF reward_new IS NOT NULL THEN FETCH reward_new INTO NEW; END IF;
        IF reward_old IS NOT NULL THEN FETCH reward_old INTO OLD; END IF;
        IF NOT FOUND THEN
          reward_ended := true;
          EXIT;
        END IF;
        reward_seen := reward_seen + 1;
        CONTINUE WHEN reward_skip[reward_seen];
        reward_found := true;
        IF reward_mode <> 'all' THEN
          %2$s
        END IF;
        IF NOT reward_found OR reward_found IS NULL THEN
          CONTINUE;
        END IF;
        IF reward_mode = 'evaluate' THEN
%3$s
          PERFORM reward_outbox.check_captured(ROW(%13$s)::reward_outbox.written_event);
%14$s
        ELSE
          reward_keys := array_append(reward_keys, %4$s);
        END IF;
        EXIT WHEN cardinality(reward_events_trigger_id) + cardinality(reward_keys) >= 1000;
      END LOOP;
    EXCEPTION WHEN OTHERS OR assert_failure THEN
      %5$s
      IF reward_mode = 'evaluate' THEN
        reward_failed := reward_failed + 1;
        reward_code := SQLSTATE;
        reward_error := SQLERRM;
        IF reward_code = '42804' AND reward_failed = 1 THEN
          DISCARD PLANS;
        END IF;
        IF reward_failed <= 100 THEN
      %6$s
        ELSE
          BEGIN
            reward_keys := array_append(reward_keys, %4$s);
          EXCEPTION WHEN OTHERS THEN
            reward_keys := array_append(reward_keys, NULL);
          END;
        END IF;
        IF reward_failed >= 1000 AND reward_failed * 2 > reward_seen THEN
          reward_mode := 'filter';
        END IF;
      ELSE
        -- Which rows the rule applies to cannot be told either; if their
        -- keys cannot be had, they are still counted.
        reward_mode := 'all';
        BEGIN
          reward_keys := array_append(reward_keys, %4$s);
        EXCEPTION WHEN OTHERS THEN
          reward_keys := array_append(reward_keys, NULL);
        END;
      END IF;
    END;
%12$s    IF cardinality(reward_events_trigger_id) >= 1000
      OR reward_ended AND cardinality(reward_events_trigger_id) > 0 THEN
      BEGIN
        %7$s
        FROM unnest(%15$s) AS c(%16$s)%10$s;
      EXCEPTION WHEN OTHERS OR assert_failure THEN
        %8$s
      END;
%17$s
    END IF;
    IF cardinality(reward_keys) >= 1000 OR reward_ended AND cardinality(reward_keys) > 0 THEN
      BEGIN
        PERFORM reward_outbox.record_more_errors(%9$L, TG_RELID, TG_OP, reward_code, reward_error,
                                                 reward_keys);
%11$s
      END;
      reward_keys := '{}';
    END IF;
    EXIT WHEN reward_ended;
  END LOOP;
  -- Left open they would live as long as the transaction.
  IF reward_new IS NOT NULL THEN CLOSE reward_new; END IF;
  IF reward_old IS NOT NULL THEN CLOSE reward_old; END IF;$part$,
    CASE WHEN r.shape LIKE '% paired' THEN 'UPDATE' ELSE 'DELETE' END,
    reward_outbox.watch_step(r, 'applies'), reward_outbox.watch_step(r, 'event'),
    reward_outbox.watch_step(r, 'key'),
    reward_outbox.watch_step(r, 'doomed'), reward_outbox.watch_step(r, 'failed'),
    reward_outbox.watch_step(r, 'insert'),
    CASE r.on_error WHEN 'raise' THEN 'RAISE;' ELSE reward_outbox.watch_step(r, 'doomed') || format($part$
        reward_code := SQLSTATE;
        reward_error := SQLERRM;
        BEGIN
          PERFORM reward_outbox.record_more_errors(%L, TG_RELID, TG_OP, reward_code, reward_error,
            ARRAY(SELECT m -> 'key' FROM unnest(reward_events_metadata) AS m));
%s
        END;$part$, r.name, reward_outbox.watch_step(r, 'said')) END,
    r.name, reward_outbox.watch_step(r, 'new'), reward_outbox.watch_step(r, 'said'),
    reward_outbox.watch_rest_by_keys(r),
    reward_outbox.watch_fields('reward_event_%s'),
    reward_outbox.watch_fields(
      '          reward_events_%1$s := array_append(reward_events_%1$s, reward_event_%1$s);', E'\n'),
    reward_outbox.watch_fields('reward_events_%s'), reward_outbox.watch_fields('%s'),
    reward_outbox.watch_fields('      reward_events_%s := ''{}'';', E'\n'))
$body$;
COMMENT ON FUNCTION reward_outbox.watch_row_by_row(reward_outbox.watch_rules) IS
  'Part of watch(): what is done when a statement''s rows could not be captured at once.';
