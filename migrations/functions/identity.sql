-- What the server says about which database this is. Some hosted databases hide the cluster or
-- the log; hidden is then said, and what can be compared is compared. The position is the
-- flushed one: what was only written may be lost by a crash, what was flushed may not.
CREATE OR REPLACE FUNCTION reward_outbox.identity(
  OUT system_identifier text, OUT database_oid oid, OUT outbox_oid oid, OUT timeline text,
    OUT flushed_lsn pg_lsn, OUT next_xid xid8)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  SELECT d.oid INTO database_oid FROM pg_database d WHERE d.datname = current_database();
  outbox_oid := to_regclass('reward_outbox.outbox')::oid;
  next_xid := pg_snapshot_xmax(pg_current_snapshot());
  BEGIN
    SELECT c.system_identifier::text INTO identity.system_identifier FROM pg_control_system() c;
  EXCEPTION WHEN OTHERS THEN
    identity.system_identifier := 'hidden';
  END;
  BEGIN
    flushed_lsn := pg_current_wal_flush_lsn();
    timeline := left(pg_walfile_name(pg_current_wal_lsn()), 8);
  EXCEPTION WHEN OTHERS THEN
    timeline := 'hidden';
    flushed_lsn := NULL;
  END;
END
$$;
COMMENT ON FUNCTION reward_outbox.identity() IS 'What this database can say about which one it is.';
