-- No index is used for IS NOT DISTINCT FROM, so the key is what leads to the rows, and not the user: one
-- user may have most of the events. What is the same is grouped by hashing: a sort would compare the keys
-- as the database's language does, which is slow.
CREATE OR REPLACE FUNCTION reward_outbox.known_before(
  p_source text, p_keys text[], p_trigger_ids text[], p_user_ids text[]
) RETURNS SETOF bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off AS $$
BEGIN
  PERFORM set_config('reward_outbox.rule', p_source, true);
  RETURN QUERY
  SELECT k.n
  FROM unnest(p_keys, p_trigger_ids, p_user_ids) WITH ORDINALITY AS k(key, trigger_id, user_id, n)
  WHERE k.n NOT IN (SELECT min(u.n)
                    FROM unnest(p_keys, p_trigger_ids, p_user_ids)
                         WITH ORDINALITY AS u(key, trigger_id, user_id, n)
                    GROUP BY u.key, u.trigger_id, u.user_id)
     OR EXISTS (SELECT FROM reward_outbox.captured_keys c
                WHERE c.idempotency_key = k.key AND c.source = p_source
                  AND c.trigger_id IS NOT DISTINCT FROM k.trigger_id
                  AND c.user_id IS NOT DISTINCT FROM k.user_id);
END
$$;
COMMENT ON FUNCTION reward_outbox.known_before(text, text[], text[], text[]) IS
  'Part of a rule: which of some events, by position, the rule has made before, or are the same as an '
  'earlier one of them.';
