-- Inlined wherever it is called: it runs with the search path of its callers.
CREATE OR REPLACE FUNCTION reward_outbox.attempt_text(a reward_outbox.attempt_log, p_text text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT (a).event_id || ' ' || (a).attempt || ' ' || (a).outcome || E'\n' || reward_outbox.legible(p_text)
$$;
COMMENT ON FUNCTION reward_outbox.attempt_text(reward_outbox.attempt_log, text) IS
  'What an attempt says, as it is digested; null: nothing.';
