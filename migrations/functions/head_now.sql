CREATE OR REPLACE VIEW reward_outbox.head_now AS
  SELECT h.position_no, h.moved_at, h.read_through, h.reading, h.last_xid, h.last_seq, i.epoch,
         -- False: transaction ids went back (pg_resetwal, a restore into
         -- a younger cluster). Then the position says nothing.
         pg_snapshot_xmax(coalesce(h.reading,
                                   h.read_through)) <= pg_snapshot_xmax(pg_current_snapshot()) AS holds,
         -- A relay found something missing: results that it told again may be ahead of the position.
         i.doubt_code IS NOT NULL AS in_doubt
  FROM reward_outbox.installation i, (SELECT * FROM reward_outbox.head ORDER BY position_no DESC LIMIT 1) h
  -- True of its only row. With it an index leads there: a sequential scan, where those are
  -- switched off, counts as so expensive up to PostgreSQL 17 that all plans around it look
  -- alike, and a lookup of one event may come out as a sort of them all.
  WHERE i.only_row;
COMMENT ON VIEW reward_outbox.head_now IS 'How far the outbox has been read: the newest row of head.';
