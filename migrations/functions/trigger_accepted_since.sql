CREATE OR REPLACE FUNCTION reward_outbox.trigger_accepted_since(
  p_trigger_id text, p_event_id uuid
) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  -- Of the last thousand events of the outbox: enough to judge the present, and bounded.
  SELECT EXISTS (
    SELECT FROM (SELECT o.id, o.trigger_id
                 FROM reward_outbox.outbox o
                 WHERE o.id > p_event_id
                 ORDER BY o.id DESC
                 LIMIT 1000) n
    WHERE n.trigger_id = p_trigger_id
      -- By one look into the index, as in claim().
      AND (SELECT count(*) > 0
           FROM reward_outbox.attempt_log a
           WHERE a.event_id = n.id AND a.outcome = 'accepted'))
$$;
COMMENT ON FUNCTION reward_outbox.trigger_accepted_since(text, uuid) IS
  'Whether Reward has accepted a later event of the trigger: then the trigger is known to it.';
