-- The damping: what has not lasted for p_lasting_ms is not told, what was gone for a moment is not
-- over. Messages are handed out as claims are: the attempt is counted and the next one scheduled
-- before it is made, so that a caller who dies delays a message and does not lose it.
CREATE OR REPLACE FUNCTION reward_outbox.observe_attention(
  p_seen jsonb, p_lasting_ms double precision, p_gone_ms double precision, p_most integer,
  p_most_tries integer, p_retry_ms double precision
)
RETURNS TABLE (status text, code text, subject text, severity text, title text, remedy text,
               since timestamptz, at timestamptz, incident uuid)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  moment timestamptz;
BEGIN
  LOCK TABLE reward_outbox.alert_message_turn IN SHARE UPDATE EXCLUSIVE MODE;
  moment := clock_timestamp();
  INSERT INTO reward_outbox.alerts AS a (code, subject, severity, title, remedy, since, seen_from, seen_at)
  SELECT s.code, coalesce(s.subject, ''), s.severity, s.title, s.remedy, coalesce(s.since, moment), moment,
         moment
  FROM jsonb_to_recordset(p_seen) AS s(code text, subject text, severity text, title text, remedy text,
                                       since timestamptz)
  ON CONFLICT (code, subject)
  DO UPDATE SET severity = excluded.severity, title = excluded.title, remedy = excluded.remedy,
    seen_at = moment, over_at = NULL,
    -- It is the case again before anybody was told that it was over: then there is nothing to tell.
    try_at = CASE WHEN a.over_at IS NULL THEN a.try_at END, tries = CASE WHEN a.over_at IS NULL THEN a.tries
                                                                         ELSE 0 END;
  DELETE FROM reward_outbox.alerts a WHERE a.seen_at < moment AND a.fired_at IS NULL;

  UPDATE reward_outbox.alerts a SET fired_at = moment, try_at = moment
  FROM jsonb_to_recordset(p_seen) AS s(code text, subject text, lasting_ms double precision)
  WHERE a.fired_at IS NULL AND s.code = a.code AND coalesce(s.subject, '') = a.subject
    AND a.seen_from <= moment - coalesce(s.lasting_ms, p_lasting_ms) * interval '1 millisecond';
  -- What the receiver never heard of needs no end.
  DELETE FROM reward_outbox.alerts a
  WHERE NOT a.told AND a.seen_at < moment AND a.seen_at <= moment - p_gone_ms * interval '1 millisecond';
  UPDATE reward_outbox.alerts a SET over_at = moment, try_at = moment, tries = 0
  WHERE a.over_at IS NULL AND a.told AND a.seen_at < moment
    AND a.seen_at <= moment - p_gone_ms * interval '1 millisecond';
  -- Given up: a later message may still get through.
  DELETE FROM reward_outbox.alerts a
  WHERE a.over_at IS NOT NULL AND a.try_at <= moment AND a.tries >= p_most_tries;
  UPDATE reward_outbox.alerts a SET try_at = NULL WHERE a.try_at <= moment AND a.tries >= p_most_tries;

  RETURN QUERY
  UPDATE reward_outbox.alerts a
  SET tries = a.tries + 1,
      try_at = moment + least(p_retry_ms * 2 ^ a.tries, 600000) * interval '1 millisecond'
  FROM (SELECT d.code, d.subject
        FROM reward_outbox.alerts d
        WHERE d.try_at <= moment
        ORDER BY d.try_at, d.code, d.subject
        LIMIT p_most) due
  WHERE a.code = due.code AND a.subject = due.subject
  RETURNING CASE WHEN a.over_at IS NULL THEN 'firing' ELSE 'over' END, a.code, nullif(a.subject, ''),
    a.severity, a.title, a.remedy, a.since, coalesce(a.over_at, a.fired_at), a.incident;
END
$$;
COMMENT ON FUNCTION reward_outbox.observe_attention(jsonb, double precision, double precision, integer,
                                                    integer, double precision) IS
  'Takes what needs a person now, and returns the messages that the caller is to send.';
