-- Stands beside every claim, in its transaction: a session can lead elsewhere from one statement to the
-- next (a pooler, a name that is resolved anew), and a database can be replaced under a session that
-- stays. What costs more is asked once per session of the server: it cannot change there.
CREATE OR REPLACE FUNCTION reward_outbox.require_known_database(
  p_installation_id uuid, p_proof_id uuid, p_beats bigint, p_head_position bigint
) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET jit = off AS $$
DECLARE
  known   record;
  session text;
BEGIN
  SELECT i.*, i.written_as = i.xmin AS is_original
  INTO known
  FROM reward_outbox.installation i
  WHERE i.only_row;
  IF known.installation_id IS DISTINCT FROM p_installation_id OR known.doubt_code IS NOT NULL
    OR known.is_original IS NOT TRUE
    OR known.outbox_oid IS DISTINCT FROM to_regclass('reward_outbox.outbox')::oid
    OR NOT EXISTS (SELECT FROM reward_outbox.relay_proofs p
                   WHERE p.proof_id = p_proof_id AND p.beats >= p_beats)
    OR NOT EXISTS (
      SELECT FROM (SELECT l.* FROM reward_outbox.head l ORDER BY l.position_no DESC LIMIT 1) h
      WHERE h.position_no >= p_head_position
        AND pg_snapshot_xmax(coalesce(h.reading, h.read_through)) <= pg_snapshot_xmax(pg_current_snapshot()))
  THEN
    RAISE EXCEPTION 'this is not the database that the relay knows' USING ERRCODE = 'RWDB1';
  END IF;
  session := known.installation_id || ' ' || known.timeline;
  IF current_setting('reward_outbox.known_database', true) IS NOT DISTINCT FROM session THEN
    RETURN;
  END IF;
  IF EXISTS (SELECT FROM reward_outbox.identity() n
             WHERE n.database_oid <> known.database_oid
                OR (n.system_identifier <> known.system_identifier
                    AND 'hidden' NOT IN (n.system_identifier, known.system_identifier))
                OR (n.timeline <> known.timeline AND 'hidden' NOT IN (n.timeline, known.timeline)))
    OR NOT reward_outbox.epochs_in_outbox() <@ known.epochs
  THEN
    RAISE EXCEPTION 'this session leads to another database than the relay knows' USING ERRCODE = 'RWDB1';
  END IF;
  PERFORM set_config('reward_outbox.known_database', session, false);
END
$$;
COMMENT ON FUNCTION reward_outbox.require_known_database(uuid, uuid, bigint, bigint) IS
  'Fails with SQLSTATE RWDB1 where a relay must not claim: the relay then looks at everything, and decides.';
