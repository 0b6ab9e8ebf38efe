-- What remains of each is put on record, too: it may not be changed either.
CREATE OR REPLACE FUNCTION reward_outbox.chain_withdrawal(p_event_ids uuid[]) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off AS $$
DECLARE
  secret bytea;
  lines  text;
BEGIN
  IF p_event_ids IS NULL OR NOT reward_outbox.anything_chained() THEN
    RETURN;
  END IF;
  SELECT s.salt INTO secret FROM reward_outbox.erasure_salt s;
  SELECT string_agg(o.id || ' ' || reward_outbox.content_digest(secret, o), E'\n') INTO lines
  FROM reward_outbox.outbox o
  WHERE o.id = ANY (p_event_ids);
  IF lines IS NOT NULL THEN
    PERFORM reward_outbox.append_to_chain('removals', 'withdrawn', lines);
  END IF;
END
$$;
COMMENT ON FUNCTION reward_outbox.chain_withdrawal(uuid[]) IS
  'Puts on record that these events, or their attempts, lost texts, and what remains.';
