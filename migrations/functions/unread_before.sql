-- Reading goes by transaction, and one that began early may have inserted late. So before an
-- event of a key may go, nothing of that key may be left unread that was inserted before it.
-- The last four arguments say how far the outbox has been read, as in head.
CREATE OR REPLACE FUNCTION reward_outbox.unread_before(
  p_ordering_key text, p_seq bigint, p_read_through pg_snapshot, p_reading pg_snapshot, p_last_xid xid8,
  p_last_seq bigint
)
RETURNS boolean
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET enable_hashjoin = off
  SET enable_mergejoin = off SET jit = off AS $$
BEGIN
  RETURN EXISTS (
    SELECT FROM (
      SELECT o.id, o.xid, o.seq, o.epoch FROM reward_outbox.outbox o
      WHERE o.ordering_key = p_ordering_key
        AND o.xid >= greatest(pg_snapshot_xmax(p_read_through), coalesce(p_last_xid, '0')) AND o.seq < p_seq
      UNION ALL
      SELECT o.id, o.xid, o.seq, o.epoch
      FROM (SELECT pg_snapshot_xip(p_read_through) AS xid UNION ALL SELECT pg_snapshot_xip(p_reading)) running
      JOIN reward_outbox.outbox o ON o.ordering_key = p_ordering_key AND o.xid = running.xid AND o.seq < p_seq
    ) u
    WHERE NOT pg_visible_in_snapshot(u.xid, p_read_through)
      AND (p_reading IS NULL OR NOT pg_visible_in_snapshot(u.xid, p_reading)
           OR (u.xid, u.seq) > (p_last_xid, p_last_seq))
      AND u.epoch = (SELECT i.epoch FROM reward_outbox.installation i)
      AND NOT EXISTS (SELECT FROM reward_outbox.event_states s WHERE s.event_id = u.id));
END
$$;
COMMENT ON FUNCTION reward_outbox.unread_before(text, bigint, pg_snapshot, pg_snapshot, xid8, bigint) IS
  'Part of claim() and release_next(): whether an event of the key that was inserted earlier is still to be '
  'read.';
