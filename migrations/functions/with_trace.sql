-- The trace a writer is part of, in W3C form, travels in the event's metadata: traceparent, tracestate. A
-- relay with tracing reads it from there; one without never asks. Plain INSERTs pay nothing for it.

CREATE OR REPLACE FUNCTION reward_outbox.with_trace(metadata jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  parent text := current_setting('reward_outbox.traceparent', true);
  state  text := current_setting('reward_outbox.tracestate', true);
BEGIN
  -- A trace must never cost the event: what is no traceparent is left
  -- out, and so is one for which the metadata has no room.
  IF parent !~ '^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$' OR metadata ? 'traceparent'
    OR jsonb_typeof(metadata) <> 'object'
    OR octet_length(metadata::text) > 64000 THEN
    RETURN metadata;
  END IF;
  RETURN coalesce(metadata, '{}') || jsonb_build_object('traceparent', parent)
    || CASE WHEN state <> '' AND octet_length(state) <= 512 THEN jsonb_build_object('tracestate', state)
            ELSE '{}' END;
END
$$;
COMMENT ON FUNCTION reward_outbox.with_trace(jsonb) IS
  'Part of emit(): the metadata with the trace context of the settings reward_outbox.traceparent and '
  'reward_outbox.tracestate, unless it has one.';
