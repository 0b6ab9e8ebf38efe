CREATE OR REPLACE FUNCTION reward_outbox.strip_events(p_event_ids uuid[], p_payload boolean, p_bodies boolean)
RETURNS integer
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  secret   bytea;
  stripped uuid[];
  answers  integer := 0;
BEGIN
  SELECT s.salt INTO secret FROM reward_outbox.erasure_salt s;
  IF p_payload THEN
    WITH changed AS (
      UPDATE reward_outbox.outbox o
      SET content_digest = coalesce(o.content_digest, reward_outbox.content_digest(secret, o)),
          payload = reward_outbox.value_alone(o.payload),
          metadata = NULL
      WHERE o.id = ANY (p_event_ids)
        AND (o.metadata IS NOT NULL OR o.payload - 'value' <> '{}')
      RETURNING o.id
    )
    SELECT array_agg(c.id) INTO stripped FROM changed c;
  END IF;
  IF p_bodies THEN
    answers := reward_outbox.withdraw_texts(p_event_ids, false);
  END IF;
  PERFORM reward_outbox.chain_withdrawal(CASE WHEN answers > 0 THEN p_event_ids ELSE stripped END);
  RETURN coalesce(cardinality(stripped), 0) + answers;
END
$$;
COMMENT ON FUNCTION reward_outbox.strip_events(uuid[], boolean, boolean) IS
  'Part of retain(): finished events keep their value, and lose what else they carry.';
