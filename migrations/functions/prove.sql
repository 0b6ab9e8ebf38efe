-- A relay's own mark in the database. It is made only by a relay that was allowed to send; from
-- then on it is only ever raised, and only if it is at least where the relay remembers it: a
-- database that went back answers with nothing, and nothing is made good by asking.
CREATE OR REPLACE FUNCTION reward_outbox.prove(
  p_proof_id uuid, p_relay_no integer, p_beats bigint, p_ended boolean
)
RETURNS TABLE (installation_id uuid, lineage uuid[], system_identifier text, timeline text,
               flushed_lsn pg_lsn, next_xid xid8, beats bigint, head_position bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  now_at bigint;
BEGIN
  -- What a relay remembers as recorded must survive a crash of the server: otherwise a crash looks as if the
  -- database had gone back, and nothing is sent until somebody has looked.
  PERFORM reward_outbox.commit_durably();
  IF p_beats IS NULL THEN
    INSERT INTO reward_outbox.relay_proofs AS p (proof_id, relay_no)
    VALUES (p_proof_id, p_relay_no)
    ON CONFLICT (proof_id) DO UPDATE SET beats = p.beats + 1, beat_at = clock_timestamp()
    RETURNING p.beats INTO now_at;
  ELSE
    UPDATE reward_outbox.relay_proofs p
    SET beats = p.beats + 1, beat_at = clock_timestamp(), ended = p_ended
    WHERE p.proof_id = p_proof_id AND p.beats >= p_beats
    RETURNING p.beats INTO now_at;
  END IF;
  IF now_at IS NULL THEN
    RETURN;
  END IF;
  RETURN QUERY
  SELECT i.installation_id, i.lineage, n.system_identifier, n.timeline, n.flushed_lsn, n.next_xid, now_at,
         (SELECT max(h.position_no) FROM reward_outbox.head h)
  FROM reward_outbox.installation i, reward_outbox.identity() n;
END
$$;
COMMENT ON FUNCTION reward_outbox.prove(uuid, integer, bigint, boolean) IS
  'A relay raises its own mark and learns what to remember. Null beats: its first. No row: this database '
  'does not know what the relay does.';
