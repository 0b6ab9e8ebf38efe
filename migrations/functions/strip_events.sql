-- The value stays: what was paid is what accounts are about.
CREATE OR REPLACE FUNCTION reward_outbox.strip_events(p_event_ids uuid[], p_payload boolean, p_bodies boolean)
RETURNS integer
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  stripped integer := 0;
  n        integer;
BEGIN
  IF p_payload THEN
    UPDATE reward_outbox.outbox o
    SET payload = CASE WHEN o.payload ? 'value' THEN jsonb_build_object('value', o.payload -> 'value')
                       ELSE '{}' END,
        metadata = NULL
    WHERE o.id = ANY (p_event_ids)
      AND (o.metadata IS NOT NULL OR o.payload - 'value' <> '{}');
    GET DIAGNOSTICS n = ROW_COUNT;
    stripped := stripped + n;
  END IF;
  IF p_bodies THEN
    UPDATE reward_outbox.attempt_log a
    SET response_body = NULL
    WHERE a.event_id = ANY (p_event_ids) AND a.response_body IS NOT NULL;
    GET DIAGNOSTICS n = ROW_COUNT;
    stripped := stripped + n;
  END IF;
  RETURN stripped;
END
$$;
COMMENT ON FUNCTION reward_outbox.strip_events(uuid[], boolean, boolean) IS
  'Part of retain(): finished events keep their value, and lose what else they carry.';
