-- Inlined wherever it is called: it runs with the search path of its callers.
CREATE OR REPLACE FUNCTION reward_outbox.decision_text(n reward_outbox.operations) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN num_nonnulls((n).reason, (n).detail) > 0
              THEN concat_ws(E'\n', (n).operation_no,
                             coalesce(to_json(reward_outbox.legible((n).reason))::text, ''),
                             coalesce(reward_outbox.legible((n).detail::text), '')) END
$$;
COMMENT ON FUNCTION reward_outbox.decision_text(reward_outbox.operations) IS
  'What a decision says, as it is digested; null: nothing.';
