-- A relay's own two ways to accept an identity: nothing was ever written here, or it has followed a failover with its own claims still present.
CREATE OR REPLACE FUNCTION reward_outbox.check_identity(p_follow_timeline boolean DEFAULT false) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  known reward_outbox.installation;
  found record;
BEGIN
  SELECT * INTO known FROM reward_outbox.installation;
  SELECT * INTO found FROM reward_outbox.identity();
  IF (known.system_identifier, known.database_oid, known.timeline) IS NOT DISTINCT FROM (found.system_identifier, found.database_oid, found.timeline) THEN
    RETURN NULL;
  END IF;
  -- A copy made of an empty or never delivered outbox (a template database): there is nothing it could send a second time.
  IF NOT EXISTS (SELECT FROM reward_outbox.outbox) OR NOT EXISTS (SELECT FROM reward_outbox.relays) THEN
    PERFORM reward_outbox.adopt(false, 'nothing was ever delivered from here', 'relay');
    RETURN NULL;
  END IF;
  IF p_follow_timeline AND (known.system_identifier, known.database_oid) IS NOT DISTINCT FROM (found.system_identifier, found.database_oid) THEN
    UPDATE reward_outbox.installation i SET timeline = found.timeline;
    RETURN NULL;
  END IF;
  RETURN CASE
    WHEN known.system_identifier <> found.system_identifier THEN 'it was written by another PostgreSQL cluster (a restored dump or a copy)'
    WHEN known.database_oid <> found.database_oid THEN 'it is a copy of another database of this cluster'
    ELSE 'its write-ahead log is on another timeline (a point-in-time recovery, or a failover that no relay followed)' END;
END
$$;
COMMENT ON FUNCTION reward_outbox.check_identity(boolean) IS 'Null: this is the database whose events were being sent. Otherwise: why it may not be.';
