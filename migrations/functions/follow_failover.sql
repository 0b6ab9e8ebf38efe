CREATE OR REPLACE FUNCTION reward_outbox.follow_failover(
  p_installation_id uuid, p_proof_id uuid, p_timeline text, p_relay text
) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM reward_outbox.vouch(p_proof_id, p_timeline);
  UPDATE reward_outbox.installation i
  SET timeline = p_timeline
  FROM reward_outbox.identity() n
  WHERE i.installation_id = p_installation_id
    AND i.doubt_code IS NULL
    AND i.written_as = i.xmin
    AND i.timeline <> p_timeline
    AND n.timeline = p_timeline
    AND (n.system_identifier, n.database_oid, n.outbox_oid) = (i.system_identifier, i.database_oid,
                                                               i.outbox_oid);
  IF FOUND THEN
    PERFORM reward_outbox.mark_installation();
    PERFORM reward_outbox.record_operation(p_relay, 'follow', NULL, NULL, 'a failover that lost nothing',
                                           jsonb_build_object('timeline', p_timeline));
  END IF;
END
$$;
COMMENT ON FUNCTION reward_outbox.follow_failover(uuid, uuid, text, text) IS
  'The same database on a new timeline, with everything there that relays remember: it is the one that '
  'events are sent from.';
