CREATE OR REPLACE FUNCTION reward_outbox.unknown_triggers_watch() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN count(DISTINCT e.source) = 1 AND bool_and(e.source IS NOT NULL) THEN min(e.source) END
  FROM (
    SELECT p.trigger_id
    FROM reward_outbox.triggers p
    WHERE p.paused_code = 'unknown_trigger'
    LIMIT 2000
  ) t
  CROSS JOIN LATERAL (
    SELECT o.source
    FROM reward_outbox.event_states s
    JOIN reward_outbox.outbox o ON o.id = s.event_id
    WHERE s.trigger_id = t.trigger_id
      AND s.status = 'pending'
      AND NOT s.blocked
    LIMIT 5
  ) e
$$;
COMMENT ON FUNCTION reward_outbox.unknown_triggers_watch() IS
  'The watch that captured the events which wait for triggers unknown to Reward: five of each of 2000 are '
  'looked at. Null: they have several sources.';
