-- Requests are UTF-8, and so is what a relay is told. A database in another encoding can
-- hold bytes for which there is no such character (0x81 in WIN1252), one in SQL_ASCII
-- any bytes at all, and a damaged page can make a row impossible to read.
CREATE OR REPLACE FUNCTION reward_outbox.unsendable(p_event_id uuid) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off AS $$
DECLARE
  most_hex CONSTANT integer := 4096;
  name     text := 'the event';
  content  text;
  problem  text;
BEGIN
  FOREACH name IN ARRAY ARRAY['trigger_id', 'user_id', 'payload'] LOOP
    content := NULL;
    SELECT CASE name WHEN 'trigger_id' THEN o.trigger_id WHEN 'user_id' THEN o.user_id ELSE o.payload::text
                END
    INTO content
    FROM reward_outbox.outbox o
    WHERE o.id = p_event_id;
    PERFORM convert_to(content, 'UTF8');
  END LOOP;
  RETURN NULL;
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS problem = MESSAGE_TEXT;
  -- Messages may be in the language of a person.
  problem := format('unreadable: %s cannot be sent: %s', name, regexp_replace(problem, '[^ -~]', '?', 'g'));
  BEGIN
    RETURN problem
      || coalesce('; its bytes, in hex: '
                  || left(encode(convert_to(content, getdatabaseencoding()), 'hex'), most_hex), '')
      || CASE WHEN octet_length(content) * 2 > most_hex THEN '...' ELSE '' END;
  EXCEPTION WHEN OTHERS THEN
    RETURN problem;
  END;
END
$$;
COMMENT ON FUNCTION reward_outbox.unsendable(uuid) IS
  'Part of set_aside(): why an event cannot be sent, with its bytes in hex; null: it can.';
