-- What the alert webhook has told and has yet to tell. One state for all relays: whichever looks, each change is told once. Only used where
-- relays have REWARD_OUTBOX_ALERT_WEBHOOK_URL.

CREATE TABLE reward_outbox.alerts (
  code      text        NOT NULL,
  subject   text        NOT NULL,
  severity  text        NOT NULL,
  title     text        NOT NULL,
  remedy    text        NOT NULL,
  since     timestamptz NOT NULL,
  seen_from timestamptz NOT NULL,
  seen_at   timestamptz NOT NULL,
  fired_at  timestamptz,
  told      boolean     NOT NULL DEFAULT false,
  over_at   timestamptz,
  tries     integer     NOT NULL DEFAULT 0,
  try_at    timestamptz,
  PRIMARY KEY (code, subject)
);
COMMENT ON TABLE  reward_outbox.alerts IS 'What needs a person at the moment, or did until just now, as far as the alert webhook is concerned. Goes when it is over.';
COMMENT ON COLUMN reward_outbox.alerts.code IS 'As in docs/runbook.md.';
COMMENT ON COLUMN reward_outbox.alerts.subject IS 'The relay or trigger it is about; empty: the outbox as a whole.';
COMMENT ON COLUMN reward_outbox.alerts.severity IS 'critical or warning.';
COMMENT ON COLUMN reward_outbox.alerts.title IS 'What is the case, as last seen.';
COMMENT ON COLUMN reward_outbox.alerts.remedy IS 'What ends it, as last seen.';
COMMENT ON COLUMN reward_outbox.alerts.since IS 'Since when it is the case; where that is not on record, since when it was seen.';
COMMENT ON COLUMN reward_outbox.alerts.seen_from IS 'Since when it has been seen without a gap.';
COMMENT ON COLUMN reward_outbox.alerts.seen_at IS 'When it was seen last.';
COMMENT ON COLUMN reward_outbox.alerts.fired_at IS 'When it had lasted long enough to be told; null: it has not yet.';
COMMENT ON COLUMN reward_outbox.alerts.told IS 'The receiver has taken the message that it is the case.';
COMMENT ON COLUMN reward_outbox.alerts.over_at IS 'When it had been gone for long enough; the receiver has yet to be told. Null: it is the case.';
COMMENT ON COLUMN reward_outbox.alerts.tries IS 'Attempts to tell the present message, counted before they are made.';
COMMENT ON COLUMN reward_outbox.alerts.try_at IS 'When the present message is (next) to be told; null: there is none.';

CREATE TABLE reward_outbox.alert_turn (
  only_row boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
  taken_at timestamptz NOT NULL
);
COMMENT ON TABLE  reward_outbox.alert_turn IS 'When a relay last looked on behalf of all: one look serves them all, however many they are.';
COMMENT ON COLUMN reward_outbox.alert_turn.only_row IS 'Keeps the table at one row.';
COMMENT ON COLUMN reward_outbox.alert_turn.taken_at IS 'When the last turn began.';
INSERT INTO reward_outbox.alert_turn (taken_at) VALUES ('-infinity');

CREATE FUNCTION reward_outbox.take_alert_turn(p_every_ms double precision) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH taken AS (
    UPDATE reward_outbox.alert_turn SET taken_at = clock_timestamp() WHERE taken_at <= clock_timestamp() - p_every_ms * interval '1 millisecond' RETURNING 1
  )
  SELECT EXISTS (SELECT FROM taken)
$$;
COMMENT ON FUNCTION reward_outbox.take_alert_turn(double precision) IS 'Whether the caller is the one to look now: nobody has for p_every_ms.';

-- The damping: what has not lasted for p_lasting_ms is not told, what was gone for a moment is not over. Messages are handed out as claims are:
-- the attempt is counted and the next one scheduled before it is made, so that a caller who dies delays a message and does not lose it.
CREATE FUNCTION reward_outbox.observe_attention(p_seen jsonb, p_lasting_ms double precision, p_gone_ms double precision, p_most integer, p_most_tries integer,
                                                p_retry_ms double precision)
RETURNS TABLE (status text, code text, subject text, severity text, title text, remedy text, since timestamptz, at timestamptz)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  moment timestamptz;
BEGIN
  PERFORM pg_advisory_xact_lock(1380929362, 6);
  moment := clock_timestamp();
  INSERT INTO reward_outbox.alerts AS a (code, subject, severity, title, remedy, since, seen_from, seen_at)
  SELECT s.code, coalesce(s.subject, ''), s.severity, s.title, s.remedy, coalesce(s.since, moment), moment, moment
  FROM jsonb_to_recordset(p_seen) AS s(code text, subject text, severity text, title text, remedy text, since timestamptz)
  ON CONFLICT (code, subject) DO UPDATE SET severity = excluded.severity, title = excluded.title, remedy = excluded.remedy, seen_at = moment, over_at = NULL,
    -- It is the case again before anybody was told that it was over: then there is nothing to tell.
    try_at = CASE WHEN a.over_at IS NULL THEN a.try_at END, tries = CASE WHEN a.over_at IS NULL THEN a.tries ELSE 0 END;
  DELETE FROM reward_outbox.alerts a WHERE a.seen_at < moment AND a.fired_at IS NULL;

  UPDATE reward_outbox.alerts a SET fired_at = moment, try_at = moment
  WHERE a.fired_at IS NULL AND a.seen_from <= moment - p_lasting_ms * interval '1 millisecond';
  -- What the receiver never heard of needs no end.
  DELETE FROM reward_outbox.alerts a WHERE NOT a.told AND a.seen_at < moment AND a.seen_at <= moment - p_gone_ms * interval '1 millisecond';
  UPDATE reward_outbox.alerts a SET over_at = moment, try_at = moment, tries = 0
  WHERE a.over_at IS NULL AND a.told AND a.seen_at < moment AND a.seen_at <= moment - p_gone_ms * interval '1 millisecond';
  -- Given up: a later message may still get through.
  DELETE FROM reward_outbox.alerts a WHERE a.over_at IS NOT NULL AND a.try_at <= moment AND a.tries >= p_most_tries;
  UPDATE reward_outbox.alerts a SET try_at = NULL WHERE a.try_at <= moment AND a.tries >= p_most_tries;

  RETURN QUERY
  UPDATE reward_outbox.alerts a
  SET tries = a.tries + 1, try_at = moment + least(p_retry_ms * 2 ^ a.tries, 600000) * interval '1 millisecond'
  FROM (SELECT d.code, d.subject FROM reward_outbox.alerts d WHERE d.try_at <= moment ORDER BY d.try_at, d.code, d.subject LIMIT p_most) due
  WHERE a.code = due.code AND a.subject = due.subject
  RETURNING CASE WHEN a.over_at IS NULL THEN 'firing' ELSE 'over' END, a.code, nullif(a.subject, ''), a.severity, a.title, a.remedy, a.since, coalesce(a.over_at, a.fired_at);
END
$$;
COMMENT ON FUNCTION reward_outbox.observe_attention(jsonb, double precision, double precision, integer, integer, double precision) IS
  'Takes what needs a person now, and returns the messages that the caller is to send.';

CREATE FUNCTION reward_outbox.alert_told(p_status text, p_code text, p_subject text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(1380929362, 6);
  IF p_status = 'over' THEN
    DELETE FROM reward_outbox.alerts a WHERE a.code = p_code AND a.subject = coalesce(p_subject, '') AND a.over_at IS NOT NULL;
    -- It came back while the receiver was told that it was over.
    UPDATE reward_outbox.alerts a SET told = false, fired_at = clock_timestamp(), try_at = clock_timestamp(), tries = 0
    WHERE a.code = p_code AND a.subject = coalesce(p_subject, '');
  ELSE
    UPDATE reward_outbox.alerts a SET told = true, try_at = CASE WHEN a.over_at IS NULL THEN NULL ELSE a.try_at END
    WHERE a.code = p_code AND a.subject = coalesce(p_subject, '') AND a.fired_at IS NOT NULL;
  END IF;
END
$$;
COMMENT ON FUNCTION reward_outbox.alert_told(text, text, text) IS 'The receiver has taken a message.';

REVOKE ALL ON reward_outbox.alerts, reward_outbox.alert_turn FROM PUBLIC;
REVOKE ALL ON FUNCTION reward_outbox.take_alert_turn(double precision), reward_outbox.alert_told(text, text, text),
  reward_outbox.observe_attention(jsonb, double precision, double precision, integer, integer, double precision) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION reward_outbox.take_alert_turn(double precision), reward_outbox.alert_told(text, text, text),
  reward_outbox.observe_attention(jsonb, double precision, double precision, integer, integer, double precision) TO reward_outbox_relay;
GRANT SELECT ON reward_outbox.alerts TO reward_outbox_auditor;
