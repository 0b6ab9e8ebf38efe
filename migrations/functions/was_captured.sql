-- One probe of the index of keys, whatever was cached and however large the outbox is. See known_before().
CREATE OR REPLACE FUNCTION reward_outbox.was_captured(
  p_source text, p_key text, p_trigger_id text, p_user_id text
)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_indexscan = on AS $$
BEGIN
  PERFORM set_config('reward_outbox.rule', p_source, true);
  RETURN EXISTS (SELECT FROM reward_outbox.captured_keys k
                 WHERE k.idempotency_key = p_key AND k.source = p_source
                   AND k.trigger_id IS NOT DISTINCT FROM p_trigger_id
                   AND k.user_id IS NOT DISTINCT FROM p_user_id);
END
$$;
COMMENT ON FUNCTION reward_outbox.was_captured(text, text, text, text) IS
  'Part of a rule: whether a rule has made the same event before. Says so to the rule''s own role only.';
