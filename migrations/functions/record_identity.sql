CREATE OR REPLACE FUNCTION reward_outbox.record_identity() RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  new_epoch integer;
BEGIN
  -- Random and not the next number: rows that are loaded from another
  -- installation must not have it by chance.
  LOOP
    new_epoch := 1 + floor(random() * 2147483646)::integer;
    EXIT WHEN NOT EXISTS (SELECT FROM reward_outbox.outbox o WHERE o.epoch = new_epoch);
  END LOOP;
  INSERT INTO reward_outbox.installation AS i (epoch, epochs, system_identifier, database_oid, outbox_oid,
                                               timeline)
  SELECT new_epoch, reward_outbox.epochs_in_outbox() || new_epoch, n.system_identifier, n.database_oid,
         n.outbox_oid, n.timeline
  FROM reward_outbox.identity() n
  ON CONFLICT (only_row) DO UPDATE
  SET installation_id = gen_random_uuid(),
      lineage = (i.lineage || i.installation_id)[greatest(1, cardinality(i.lineage) - 98):],
      epoch = excluded.epoch,
      epochs = excluded.epochs,
      system_identifier = excluded.system_identifier,
      database_oid = excluded.database_oid,
      outbox_oid = excluded.outbox_oid,
      timeline = excluded.timeline,
      doubt_code = NULL,
      doubt_reason = NULL,
      doubted_at = NULL,
      doubted_by = NULL,
      adopted_at = clock_timestamp(),
      adopted_by = session_user;
  PERFORM reward_outbox.mark_installation();
  EXECUTE format('ALTER TABLE reward_outbox.outbox ALTER COLUMN epoch SET DEFAULT %s', new_epoch);
END
$$;
COMMENT ON FUNCTION reward_outbox.record_identity() IS
  'This database is the one that events are sent from. Part of migrate and of adopt().';
-- The first time: where it is migrated.
SELECT reward_outbox.record_identity() WHERE NOT EXISTS (SELECT FROM reward_outbox.installation);
