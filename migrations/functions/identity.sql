CREATE OR REPLACE FUNCTION reward_outbox.identity(OUT system_identifier text, OUT database_oid oid, OUT timeline text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  SELECT d.oid INTO database_oid FROM pg_database d WHERE d.datname = current_database();
  BEGIN
    SELECT c.system_identifier::text INTO identity.system_identifier FROM pg_control_system() c;
    timeline := left(pg_walfile_name(pg_current_wal_lsn()), 8);
  EXCEPTION WHEN OTHERS THEN
    -- Some hosted databases hide these; the database's oid is what is left.
    identity.system_identifier := coalesce(identity.system_identifier, 'hidden');
    timeline := coalesce(timeline, 'hidden');
  END;
END
$$;
COMMENT ON FUNCTION reward_outbox.identity() IS 'What this database can say about which one it is.';
-- The first time: this database is the one that events are sent from.
INSERT INTO reward_outbox.installation (system_identifier, database_oid, timeline)
SELECT i.*
FROM reward_outbox.identity() i
ON CONFLICT DO NOTHING;
