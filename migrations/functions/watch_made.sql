CREATE OR REPLACE FUNCTION reward_outbox.watch_made(p_bodies text[]) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT md5(string_agg(p.prosrc, '' ORDER BY p.proname COLLATE "C") || reward_outbox.watch_fields('%s %s'))
         || md5(array_to_string(p_bodies, E'\n'))
  FROM pg_proc p
  -- Those of rules, which return triggers, have names of this form too.
  WHERE p.pronamespace = 'reward_outbox'::regnamespace
    AND p.proname LIKE 'watch\_%'
    AND p.prorettype <> 'trigger'::regtype
$$;
COMMENT ON FUNCTION reward_outbox.watch_made(text[]) IS
  'Part of watch(): a checksum of the texts of a rule''s functions and of what writes them.';
