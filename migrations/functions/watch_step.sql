CREATE OR REPLACE FUNCTION reward_outbox.watch_step(r reward_outbox.watch_rules, p_step text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $step$
  SELECT CASE p_step
    WHEN 'table' THEN 'format(''%I.%I'', TG_TABLE_SCHEMA, TG_TABLE_NAME)'
    -- A serialization failure under SERIALIZABLE dooms the transaction: going on
    -- would hide an anomaly. OTHERS leaves out a cancelled query by itself.
    WHEN 'doomed' THEN $part$IF SQLSTATE = '40001'
      AND current_setting('transaction_isolation') = 'serializable' THEN
        RAISE;
      END IF;$part$
    -- Whoever owns a function can change with whose rights and in which path it
    -- runs, but not its text: the owner of the table, the owner of the function
    -- and the role that it runs as are one, or nothing is evaluated.
    WHEN 'owned' THEN format($part$IF NOT EXISTS (SELECT FROM reward_outbox.owned_watches AS w
                   JOIN reward_outbox.own_functions AS f ON f.name OPERATOR(pg_catalog.=) w.name
                   WHERE w.name OPERATOR(pg_catalog.=) %1$L::pg_catalog.text) THEN
      RAISE EXCEPTION 'the table does not belong to %% any more, with whose rights rule %% was made: make '
                      'the rule again',
        current_user, %1$L USING ERRCODE = 'RO002';
    END IF;$part$, r.name)
    -- Which rule it is: see the view capture. Said again where an expression
    -- may have written a table with another rule.
    WHEN 'rule' THEN format('PERFORM set_config(''reward_outbox.rule'', %L, true);', r.name)
    -- Who has met a lock on our tables waits for it again after five seconds,
    -- not in every statement and for every row.
    WHEN 'begin' THEN '  ' || reward_outbox.watch_step(r, 'rule') || CASE r.on_error WHEN 'raise' THEN E'\n'
      ELSE $part$
  IF coalesce(current_setting('reward_outbox.locked_until', true), '') <> ''
    AND current_setting('reward_outbox.locked_until', true)
        > to_char(clock_timestamp(), 'YYYYMMDDHH24MISSUS') THEN
    PERFORM set_config('lock_timeout', '1ms', true);
  END IF;
$part$ END
    WHEN 'locked' THEN CASE r.on_error WHEN 'raise' THEN '' ELSE $part$
      IF reward_code = '55P03' AND current_setting('lock_timeout') <> '1ms' THEN
        PERFORM set_config('reward_outbox.locked_until',
          to_char(clock_timestamp() + interval '5 seconds', 'YYYYMMDDHH24MISSUS'), false);
      END IF;$part$ END
    -- IF instead of WHERE, because the planner knows the values of NEW and would
    -- compute the columns, errors included, of rows that WHERE leaves out.
    WHEN 'applies' THEN 'reward_found := (' || E'\n' || coalesce(r.condition, 'true') || E'\n);'
    WHEN 'event' THEN (
      SELECT string_agg(format('        reward_event_%s := %s;', v.name, v.value), E'\n' ORDER BY v.n)
      FROM reward_outbox.watch_values(r, reward_outbox.watch_step(r, 'table'),
                                      'CASE TG_OP WHEN ''DELETE'' THEN OLD.%1$I ELSE NEW.%1$I END') v)
    WHEN 'new' THEN CASE WHEN r.idempotency_key IS NULL THEN ''
      ELSE format(E'\n        WHERE NOT reward_outbox.was_captured(%L, c.idempotency_key, c.trigger_id, '
                   'c.user_id)', r.name) END
    -- They differ only where a row moves to a partition whose BEFORE trigger drops it.
    WHEN 'same number' THEN $part$
      IF (SELECT count(*) FROM reward_new) <> (SELECT count(*) FROM reward_old) THEN
        RAISE EXCEPTION 'rows were dropped by a trigger on their way to another partition: they cannot be '
                        'paired'
          USING ERRCODE = 'RO001';
      END IF;
$part$
    -- A plan that is kept was made for other numbers of rows. From a hundred on, the two versions are joined
    -- by a plan of the moment, which is never a nested loop, whatever the database's settings prefer.
    WHEN 'many' THEN $part$      IF (SELECT count(*)
                                     FROM (SELECT FROM reward_new LIMIT 100) AS few) = 100 THEN
        $part$ || reward_outbox.watch_step(r, 'no loops') || $part$
        %s
        IF reward_found THEN
          EXECUTE %L USING format('%%I.%%I', TG_TABLE_SCHEMA, TG_TABLE_NAME);
        END IF;
        $part$ || reward_outbox.watch_step(r, 'loops again') || $part$
        RETURN NULL;
      END IF;
$part$
    WHEN 'no loops' THEN $part$reward_before := ARRAY[current_setting('enable_nestloop'),
          current_setting('enable_hashjoin'),
          current_setting('enable_mergejoin')];
        PERFORM set_config('enable_nestloop', 'off', true), set_config('enable_hashjoin', 'on', true),
          set_config('enable_mergejoin', 'on', true);$part$
    WHEN 'loops again' THEN $part$PERFORM set_config('enable_nestloop', reward_before[1], true),
          set_config('enable_hashjoin', reward_before[2], true),
          set_config('enable_mergejoin', reward_before[3], true);$part$
    WHEN 'insert' THEN reward_outbox.watch_step(r, 'rule') || format($part$
        INSERT INTO reward_outbox.capture (source, %2$s)
        SELECT %1$L, %3$s$part$, r.name, reward_outbox.watch_fields('%s'), reward_outbox.watch_fields('c.%s'))
    -- By what a replay finds the row again; where nothing does, the row itself.
    WHEN 'key' THEN CASE WHEN r.key_columns = '{}'
                         THEN 'CASE TG_OP WHEN ''DELETE'' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END'
      ELSE format('CASE TG_OP WHEN ''DELETE'' THEN to_jsonb(OLD) ELSE jsonb_build_object(%s) END',
             (SELECT string_agg(format('%1$L, NEW.%1$I', k), ', ') FROM unnest(r.key_columns) k)) END
    WHEN 'failed' THEN CASE r.on_error WHEN 'raise'
                            THEN format($part$RAISE EXCEPTION USING ERRCODE = SQLSTATE,
        MESSAGE = format('watch %%s failed on %%I.%%I %%s: %%s', %1$L::text, TG_TABLE_SCHEMA, TG_TABLE_NAME,
          reward_outbox.watch_key(%2$L, CASE TG_OP WHEN 'DELETE' THEN NULL ELSE to_jsonb(NEW) END,
            CASE TG_OP WHEN 'INSERT' THEN NULL ELSE to_jsonb(OLD) END), SQLERRM),
        HINT = 'The rule is on_error => ''raise'': it fails the statement instead of losing an event. See '
               'reward_outbox.watches.';$part$,
        r.name, r.key_columns)
      ELSE format($part$BEGIN
        reward_key := NULL;
        reward_key := %3$s;
      EXCEPTION WHEN OTHERS THEN
        NULL;
      END;
      BEGIN
        PERFORM reward_outbox.record_capture_error(%1$L, TG_RELID, TG_OP, %2$L, reward_code, reward_error,
                                                   reward_key,
          CASE TG_OP WHEN 'DELETE' THEN NULL ELSE NEW::text END, CASE TG_OP WHEN 'INSERT' THEN NULL
                                                                      ELSE OLD::text END);
      EXCEPTION WHEN OTHERS OR assert_failure THEN
        %4$s
        BEGIN
          PERFORM reward_outbox.record_capture_error(%1$L, TG_RELID, TG_OP, %2$L, reward_code, reward_error,
                                                     reward_key, NULL, NULL);
%5$s
        END;
      END;$part$, r.name, r.key_columns,
        CASE WHEN r.key_columns = '{}' THEN 'NULL'
          ELSE format('CASE TG_OP WHEN ''DELETE'' THEN jsonb_build_object(%s) ELSE jsonb_build_object(%s) '
                      'END',
            (SELECT string_agg(format('%1$L, OLD.%1$I', k), ', ') FROM unnest(r.key_columns) k),
            (SELECT string_agg(format('%1$L, NEW.%1$I', k), ', ') FROM unnest(r.key_columns) k)) END,
        reward_outbox.watch_step(r, 'doomed'), reward_outbox.watch_step(r, 'said')) END
    -- What records can be out of reach too. The warning is in characters that every client's encoding has.
    WHEN 'said' THEN format($part$      EXCEPTION WHEN OTHERS OR assert_failure THEN
        %2$s
        RAISE WARNING '%%',
          regexp_replace(format('watch %%s could neither capture a change of %%s nor record that: %%s',
                                %1$L::text,
          TG_RELID::regclass, SQLERRM), '[^ -~]', '?', 'g');$part$, r.name,
            reward_outbox.watch_step(r, 'doomed'))
  END
$step$;
COMMENT ON FUNCTION reward_outbox.watch_step(reward_outbox.watch_rules, text) IS
  'Part of watch(): pieces of a rule''s trigger function.';
