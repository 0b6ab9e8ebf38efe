-- Everything that bears on whether this is the database that events are sent
-- from. What follows from it is decided in src/event/which-database.ts.
-- p_remembered: what the relay remembers, as prove() told it; null: nothing. p_leases: claims it
-- holds that cannot have expired. p_results: the last results it wrote, [event, attempt] each.
CREATE OR REPLACE FUNCTION reward_outbox.database_facts(
  p_relay_no integer, p_relay text, p_remembered jsonb, p_leases uuid[], p_results jsonb
)
RETURNS TABLE (
  installation_id uuid, lineage uuid[], recorded jsonb, found jsonb, is_original boolean,
  has_foreign_events boolean, ids_went_back boolean,
  doubt_code text, doubt_reason text, is_empty boolean, was_used boolean,
  knows_relay boolean, knows_proof boolean, knows_head boolean, missing_leases uuid[], knows_results boolean,
  log_went_back boolean, awaited text[], unheard text[])
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET jit = off AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT i.installation_id, i.lineage,
         jsonb_build_object('systemIdentifier', i.system_identifier, 'databaseOid', i.database_oid::bigint,
                            'outboxOid', i.outbox_oid::bigint,
                            'timeline', i.timeline),
         jsonb_build_object('systemIdentifier', n.system_identifier, 'databaseOid', n.database_oid::bigint,
                            'outboxOid', n.outbox_oid::bigint,
                            'timeline', n.timeline),
         coalesce(i.written_as = i.xmin, false),
         NOT reward_outbox.epochs_in_outbox() <@ i.epochs,
         pg_snapshot_xmax(coalesce(h.reading, h.read_through)) > n.next_xid,
         i.doubt_code, i.doubt_reason,
         NOT EXISTS (SELECT FROM reward_outbox.outbox),
         EXISTS (SELECT FROM reward_outbox.relays) OR EXISTS (SELECT FROM reward_outbox.attempt_log)
           OR EXISTS (SELECT FROM reward_outbox.claims),
         EXISTS (SELECT FROM reward_outbox.relays r WHERE r.relay_no = p_relay_no AND r.name = p_relay),
         me.beats >= (p_remembered ->> 'beats')::bigint,
         h.position_no >= (p_remembered ->> 'headPosition')::bigint,
         ARRAY(SELECT l.id
               FROM unnest(p_leases) AS l(id)
               WHERE NOT EXISTS (SELECT FROM reward_outbox.claims c WHERE c.lease_id = l.id)),
         -- An event that is gone with its attempts was pruned. One that is
         -- gone because the database went back took the head along.
         NOT EXISTS (
           SELECT FROM jsonb_array_elements(p_results) AS r(result)
           WHERE EXISTS (SELECT FROM reward_outbox.outbox o WHERE o.id = (r.result ->> 0)::uuid)
             AND NOT EXISTS (SELECT FROM reward_outbox.attempt_log a
                             WHERE a.event_id = (r.result ->> 0)::uuid
                               AND a.attempt = (r.result ->> 1)::integer)),
         (n.system_identifier, n.timeline) = (p_remembered ->> 'systemIdentifier',
                                              p_remembered ->> 'timeline')
           AND (coalesce(n.flushed_lsn < (p_remembered ->> 'flushedLsn')::pg_lsn, false)
                OR n.next_xid < (p_remembered ->> 'nextXid')::xid8),
         others.awaited, others.unheard
  FROM reward_outbox.installation i
  CROSS JOIN reward_outbox.identity() n
  CROSS JOIN reward_outbox.head_now h
  LEFT JOIN reward_outbox.relay_proofs me ON me.proof_id = (p_remembered ->> 'proofId')::uuid
  CROSS JOIN LATERAL (
    -- Relays that were sending when this one last could, and have not
    -- said that nothing of theirs is missing on this timeline.
    SELECT coalesce(array_agg(r.name ORDER BY r.name) FILTER (WHERE w.recent), '{}') AS awaited,
           coalesce(array_agg(r.name ORDER BY r.name) FILTER (WHERE NOT w.recent), '{}') AS unheard
    FROM (SELECT p.relay_no, me.vouched_at IS NULL OR me.vouched_for IS DISTINCT FROM n.timeline
                               OR me.vouched_at > clock_timestamp() - interval '15 seconds' AS recent
          FROM reward_outbox.relay_proofs p
          WHERE NOT p.ended
            AND p.proof_id <> me.proof_id
            AND p.vouched_for IS DISTINCT FROM n.timeline
            AND p.beat_at >= CASE WHEN me.vouched_for = n.timeline THEN me.last_beat_then ELSE me.beat_at
                                  END - interval '30 seconds') w
    JOIN reward_outbox.relays r USING (relay_no)
  ) others
  WHERE i.only_row;
END
$$;
COMMENT ON FUNCTION reward_outbox.database_facts(integer, text, jsonb, uuid[], jsonb) IS
  'Evidence of which database this is, as it is recorded, as it is found, and as a relay remembers it.';
