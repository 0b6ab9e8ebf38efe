-- Lists attempts that are on record in the chains of the relays that made them: the batches after p_after, up
-- to a thousand attempts or one batch, so that nothing is locked for long. p_relay_no: of one relay; null: of
-- all. An attempt that went meanwhile, with its event, is listed nowhere.
--
-- Whoever knows through which batch all was chained asks only for what comes after it, and walks over no
-- remains; but a batch may be committed late, so sometimes it has to ask for all.
CREATE OR REPLACE FUNCTION reward_outbox.chain_attempts(
  p_after bigint, p_relay_no integer, OUT attempts integer, OUT through bigint
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET jit = off AS $$
DECLARE
  most    CONSTANT integer := 1000;
  secret  CONSTANT bytea := (SELECT s.salt FROM reward_outbox.erasure_salt s);
  batches reward_outbox.unchained_attempts[];
  entry   record;
BEGIN
  WITH next AS MATERIALIZED (
    SELECT n.batch_no, sum(n.size) OVER (ORDER BY n.batch_no) - n.size AS before
    FROM (
      SELECT u.batch_no, cardinality(u.event_ids) AS size
      FROM reward_outbox.unchained_attempts u
      WHERE u.batch_no > p_after AND (p_relay_no IS NULL OR u.relay_no = p_relay_no)
      ORDER BY u.batch_no
      LIMIT most
    ) n
  ), taken AS (
    DELETE FROM reward_outbox.unchained_attempts u
    WHERE u.batch_no = ANY (ARRAY(SELECT n.batch_no FROM next n WHERE n.before < most))
    RETURNING u AS batch
  )
  SELECT array_agg(t.batch) INTO batches FROM taken t;
  attempts := 0;
  through := p_after;
  FOR entry IN
    SELECT b.relay_no, count(*)::integer AS size, max(b.batch_no) AS batch_no,
           string_agg(reward_outbox.attempt_line(secret, a, o), E'\n')
             FILTER (WHERE a.event_id IS NOT NULL) AS lines
    FROM unnest(batches) b
    CROSS JOIN LATERAL unnest(b.event_ids, b.attempts) AS k(event_id, attempt)
    -- One look into the index for each. Planned while there are none, a plain join reads all there are.
    LEFT JOIN LATERAL (
      SELECT l.*
      FROM reward_outbox.attempt_log l
      WHERE l.event_id = k.event_id AND l.attempt = k.attempt AND l.outcome = b.outcome
      OFFSET 0
    ) a ON true
    LEFT JOIN reward_outbox.outbox o ON o.id = a.event_id
    GROUP BY b.relay_no
  LOOP
    IF entry.lines IS NOT NULL THEN
      PERFORM reward_outbox.append_to_chain('relay-' || entry.relay_no, 'attempts', entry.lines);
    END IF;
    attempts := attempts + entry.size;
    through := greatest(through, entry.batch_no);
  END LOOP;
END
$$;
COMMENT ON FUNCTION reward_outbox.chain_attempts(bigint, integer) IS
  'Chains attempts that are on record. How many, and through which batch; none: there is nothing left.';
