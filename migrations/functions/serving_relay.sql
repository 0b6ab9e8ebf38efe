-- Relays for many databases share them: of those that are at work here, and the one that asks, one
-- serves this database. A number drawn from the relay's name and from the database decides, so that
-- all of them agree, and each gets its part of the databases. A relay is at work here while its
-- session is there and it has checked in, which an idle one does every twenty seconds; one whose key
-- was refused sends nothing, and is not counted on.
CREATE OR REPLACE FUNCTION reward_outbox.serving_relay(p_name text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT c.name
  FROM (
    SELECT p_name AS name
    UNION
    SELECT r.name
    FROM reward_outbox.relays r
    WHERE r.stopped_at IS NULL
      AND r.checked_in_at > clock_timestamp() - interval '45 seconds'
      AND r.paused_code IS DISTINCT FROM 'key_refused'
      AND (r.session_id IS NULL OR reward_outbox.session_is_alive(r.session_id, r.server_started_at))
  ) c
  ORDER BY
    hashtextextended(
      concat_ws(' ', c.name, current_database(), (SELECT i.installation_id FROM reward_outbox.installation i))
        COLLATE "C",
      0
    ),
    c.name COLLATE "C"
  LIMIT 1
$$;
COMMENT ON FUNCTION reward_outbox.serving_relay(text) IS
  'Which relay serves this database, of those that are at work here and the one that asks: relays for many '
  'databases share them.';
