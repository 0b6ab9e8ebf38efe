-- Told from the catalog, without calling anything, and without writing
-- the functions again where nothing has changed.
CREATE OR REPLACE FUNCTION reward_outbox.watch_function_fault(r reward_outbox.watch_rules) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  settings CONSTANT integer := (SELECT count(*)
                                FROM regexp_matches(reward_outbox.capture_settings(), '^  SET ', 'gn'));
  f      record;
  fault  text;
  bodies text[] := '{}';
BEGIN
  FOR f IN
    SELECT s.signature, p.oid, pg_get_userbyid(p.proowner) AS owner, p.prosrc AS body,
           p.prosecdef AND l.lanname = 'plpgsql' AND cardinality(p.proconfig) IS NOT DISTINCT FROM settings
             AND p.proconfig[1] IS NOT DISTINCT FROM 'search_path=pg_catalog, pg_temp' AS as_made
    FROM (VALUES (1, format('reward_outbox.%I()', 'watch_' || r.name)),
                 (2, format('reward_outbox.%I(text, jsonb)', 'try_' || r.name))) AS s(n, signature)
    LEFT JOIN pg_proc p ON p.oid = to_regprocedure(s.signature)
    LEFT JOIN pg_language l ON l.oid = p.prolang
    ORDER BY s.n
  LOOP
    bodies := bodies || f.body;
    fault := CASE
      WHEN f.oid IS NULL THEN 'is missing'
      WHEN f.owner <> reward_outbox.watch_owner(r.watched)
        THEN format('belongs to %s, the table to %s', f.owner, reward_outbox.watch_owner(r.watched))
      WHEN NOT f.as_made THEN 'is not as the rule makes it' END;
    IF fault IS NOT NULL THEN
      RETURN format('its function %s %s', f.signature, fault);
    END IF;
  END LOOP;
  IF r.made = reward_outbox.watch_made(bodies) THEN
    RETURN NULL;
  END IF;
  RETURN (SELECT format('its function %s is not as the rule makes it', w.signature)
          FROM reward_outbox.watch_functions(r) w
          WHERE w.body <> ALL (bodies) LIMIT 1);
END
$$;
COMMENT ON FUNCTION reward_outbox.watch_function_fault(reward_outbox.watch_rules) IS
  'Part of watch_problem(): what is wrong with a rule''s functions; null: nothing.';
