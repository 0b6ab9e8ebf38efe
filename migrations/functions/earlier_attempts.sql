CREATE OR REPLACE FUNCTION reward_outbox.earlier_attempts(p_event_id uuid, p_before integer, p_limit integer)
RETURNS TABLE (attempt integer, outcome text, http_status integer, error_code text,
               ended_ms_ago double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT a.attempt,
         a.outcome::text,
         a.http_status::integer,
         a.error_code,
         date_part('epoch', clock_timestamp() - a.started_at) * 1000 - coalesce(a.duration_ms, 0)
  FROM reward_outbox.attempt_log a
  WHERE a.event_id = p_event_id
    AND a.attempt < p_before
  ORDER BY a.attempt DESC
  LIMIT p_limit
$$;
COMMENT ON FUNCTION reward_outbox.earlier_attempts(uuid, integer, integer) IS
  'What is on record of the attempts of an event before the given one, latest first.';
