-- What follows a claim. Successes are monotone: an accepted attempt is recorded however late it comes.
-- Failures are fenced: they change an event's state only while the lease exists and nothing else is on
-- record for that attempt. Every function here may be repeated when the answer to its COMMIT was lost.

-- After an event of an ordering key has ended, the next of that key (lowest seq) may go, unless
-- an earlier one is still to be read: then the claim that reads that one lets it go.
CREATE OR REPLACE FUNCTION reward_outbox.release_next(p_ordering_keys text[]) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
BEGIN
  UPDATE reward_outbox.event_states s SET blocked = false, changed_at = clock_timestamp()
  FROM (SELECT DISTINCT k AS ordering_key FROM unnest(p_ordering_keys) k WHERE k IS NOT NULL) ended
  WHERE s.event_id = (SELECT n.event_id FROM reward_outbox.event_states n
                      WHERE n.ordering_key = ended.ordering_key
                        AND n.status IN ('pending', 'sending', 'uncertain')
                      ORDER BY n.seq
                      LIMIT 1)
    AND s.blocked
    AND NOT EXISTS (SELECT FROM reward_outbox.event_states u
                    WHERE u.ordering_key = ended.ordering_key AND NOT u.blocked
                      AND u.status IN ('pending', 'sending', 'uncertain'))
    AND (SELECT NOT reward_outbox.unread_before(s.ordering_key, s.seq, h.read_through, h.reading, h.last_xid,
                                                h.last_seq)
         FROM reward_outbox.head_now h);
END
$$;
COMMENT ON FUNCTION reward_outbox.release_next(text[]) IS
  'Lets the next event of each ordering key go, if none is under way. Needs lock_head().';
