-- Returns how many attempts lost something.
CREATE OR REPLACE FUNCTION reward_outbox.withdraw_texts(p_event_ids uuid[], p_messages boolean)
RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off AS $$
DECLARE
  secret    bytea;
  withdrawn integer;
BEGIN
  SELECT s.salt INTO secret FROM reward_outbox.erasure_salt s;
  UPDATE reward_outbox.attempt_log a
  SET body_digest = coalesce(a.body_digest, reward_outbox.salted_digest(
        secret, reward_outbox.attempt_text(a, a.response_body))),
      response_body = NULL,
      response_headers = NULL,
      message_digest = CASE WHEN p_messages THEN coalesce(a.message_digest, reward_outbox.salted_digest(
        secret, reward_outbox.attempt_text(a, a.error_message)))
                            ELSE a.message_digest END,
      error_message = CASE WHEN NOT p_messages THEN a.error_message END
  WHERE a.event_id = ANY (p_event_ids)
    AND (a.response_body IS NOT NULL OR a.response_headers IS NOT NULL
         OR p_messages AND a.error_message IS NOT NULL);
  GET DIAGNOSTICS withdrawn = ROW_COUNT;
  RETURN withdrawn;
END
$$;
COMMENT ON FUNCTION reward_outbox.withdraw_texts(uuid[], boolean) IS
  'Removes the answers that attempts of these events got, and where it is asked for the messages; their '
  'digests stay.';
