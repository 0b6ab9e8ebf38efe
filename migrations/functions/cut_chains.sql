-- A chain is cut up to the first entry of which something is left, and that is put on record. Once a day
-- each: the record of it grows slowly. p_limit: entries of a chain that are looked at in one go; where there
-- are more, the next call goes on.
CREATE OR REPLACE FUNCTION reward_outbox.cut_chains(p_limit integer) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET jit = off AS $$
DECLARE
  c       record;
  e       record;
  looked  integer;
  through bigint;
  up_to   text;
  oldest  timestamptz := (
    SELECT coalesce(min(f.at), 'infinity')
    FROM reward_outbox.chains k
    CROSS JOIN LATERAL (
      SELECT x.at
      FROM reward_outbox.chain_entries x
      WHERE x.chain = k.chain
      ORDER BY x.entry_no
      LIMIT 1
    ) f
    WHERE k.chain LIKE 'relay-%');
BEGIN
  FOR c IN
    SELECT k.chain, k.cut_through
    FROM reward_outbox.chains k
    WHERE k.cut_at < clock_timestamp() - interval '1 day' AND k.chain <> 'decisions'
    ORDER BY k.cut_at
    LIMIT 20
  LOOP
    CONTINUE WHEN NOT reward_outbox.lock_chain(c.chain);
    looked := 0;
    through := NULL;
    FOR e IN
      SELECT x.entry_no, x.at, x.body, x.hash
      FROM reward_outbox.chain_entries x
      WHERE x.chain = c.chain AND x.entry_no > c.cut_through
      ORDER BY x.entry_no
      LIMIT p_limit
    LOOP
      -- What was removed needs to be known for as long as something older is listed elsewhere.
      EXIT WHEN CASE WHEN c.chain = 'removals' THEN e.at >= oldest
                     ELSE EXISTS (SELECT FROM string_to_table(e.body, E'\n') AS l(line)
                                  JOIN reward_outbox.outbox o ON o.id = left(l.line, 36)::uuid) END;
      looked := looked + 1;
      through := e.entry_no;
      up_to := e.hash;
    END LOOP;
    IF through IS NOT NULL THEN
      PERFORM reward_outbox.append_to_chain('decisions', 'cut', concat_ws(' ', c.chain, through, up_to));
      DELETE FROM reward_outbox.chain_entries x WHERE x.chain = c.chain AND x.entry_no <= through;
    END IF;
    UPDATE reward_outbox.chains k
    SET cut_through = coalesce(through, k.cut_through),
        cut_hash = coalesce(up_to, k.cut_hash),
        cut_at = CASE WHEN looked < p_limit THEN clock_timestamp() ELSE k.cut_at END
    WHERE k.chain = c.chain;
    up_to := NULL;
  END LOOP;
END
$$;
COMMENT ON FUNCTION reward_outbox.cut_chains(integer) IS
  'Part of retain() and prune(): the beginnings of chains go of which nothing is left.';
