CREATE OR REPLACE FUNCTION reward_outbox.withdraw_reasons(p_operation_nos bigint[]) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off AS $$
DECLARE
  secret    bytea;
  withdrawn bigint[];
BEGIN
  SELECT s.salt INTO secret FROM reward_outbox.erasure_salt s;
  WITH changed AS (
    UPDATE reward_outbox.operations n
    SET texts_digest = coalesce(n.texts_digest, reward_outbox.salted_digest(
          secret, reward_outbox.decision_text(n))),
        reason = NULL,
        detail = NULL
    WHERE n.operation_no = ANY (p_operation_nos) AND num_nonnulls(n.reason, n.detail) > 0
    RETURNING n.operation_no
  )
  SELECT array_agg(c.operation_no) INTO withdrawn FROM changed c;
  IF withdrawn IS NULL THEN
    RETURN 0;
  END IF;
  PERFORM reward_outbox.append_to_chain('decisions', 'withdrawn_decisions',
                                        array_to_string(withdrawn, E'\n'));
  RETURN cardinality(withdrawn);
END
$$;
COMMENT ON FUNCTION reward_outbox.withdraw_reasons(bigint[]) IS
  'Removes what decisions say, and puts that on record; their digests stay. Returns how many said something.';
