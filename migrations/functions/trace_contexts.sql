CREATE OR REPLACE FUNCTION reward_outbox.trace_contexts(
  p_event_ids uuid[]
) RETURNS TABLE (event_id uuid, traceparent text, tracestate text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
  SELECT o.id, o.metadata ->> 'traceparent', left(o.metadata ->> 'tracestate', 512)
  FROM reward_outbox.outbox o WHERE o.id = ANY (p_event_ids) AND length(o.metadata ->> 'traceparent') = 55
$$;
COMMENT ON FUNCTION reward_outbox.trace_contexts(uuid[]) IS
  'The traces that the writers of these events were part of, where they said so.';
