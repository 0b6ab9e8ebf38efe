-- Inlined wherever it is called: it runs with the search path of its callers. Fields that can hold a line
-- break are written as JSON.
CREATE OR REPLACE FUNCTION reward_outbox.content_text(o reward_outbox.outbox) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT concat_ws(E'\n', (o).id, to_json((o).created_at AT TIME ZONE 'UTC'),
                   coalesce(to_json(reward_outbox.legible((o).source))::text, ''),
                   reward_outbox.legible((o).user_id), reward_outbox.legible((o).payload::text),
                   coalesce(reward_outbox.legible((o).metadata::text), ''),
                   coalesce(to_json(reward_outbox.legible(
                     coalesce((o).idempotency_key, (o).captured_key)))::text, ''),
                   coalesce(to_json(reward_outbox.legible((o).ordering_key))::text, ''))
$$;
COMMENT ON FUNCTION reward_outbox.content_text(reward_outbox.outbox) IS
  'What an event holds, as it is digested: docs/audit.md.';
