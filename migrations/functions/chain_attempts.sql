-- In the transaction that records them: what is on record is in its chain. Nobody waits for it.
CREATE OR REPLACE FUNCTION reward_outbox.chain_attempts(p_attempts reward_outbox.attempt_log[]) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET jit = off AS $$
DECLARE
  secret bytea;
  batch  record;
BEGIN
  IF p_attempts IS NULL OR NOT (SELECT s.enabled FROM reward_outbox.chain_settings s) THEN
    RETURN;
  END IF;
  SELECT s.salt INTO secret FROM reward_outbox.erasure_salt s;
  FOR batch IN
    SELECT a.relay_no,
           string_agg(reward_outbox.attempt_line(secret, a, o), E'\n') AS lines
    FROM unnest(p_attempts) a
    LEFT JOIN reward_outbox.outbox o ON o.id = a.event_id
    GROUP BY a.relay_no
  LOOP
    PERFORM reward_outbox.append_to_chain('relay-' || batch.relay_no, 'attempts', batch.lines);
  END LOOP;
END
$$;
COMMENT ON FUNCTION reward_outbox.chain_attempts(reward_outbox.attempt_log[]) IS
  'Appends attempts to the chains of the relays that made them.';
