-- What a message has in common with others of its cause: ids, numbers and quoted parts differ
-- from event to event. The shape of a shape is itself. Bounded, because the text is Reward's.
CREATE OR REPLACE FUNCTION reward_outbox.message_shape(p_message text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on AS $$
  SELECT left(
    regexp_replace(
      regexp_replace(
        regexp_replace(left(p_message, 1000), '"[^"]*"|`[^`]*`', '*', 'g'),
        '(^|[[:space:]:=(])''[^'']*''', '\1*', 'g'),
      '[[:alnum:]_.:@-]*[0-9][[:alnum:]_.:@-]*', '*', 'g'),
    300)
$$;
COMMENT ON FUNCTION reward_outbox.message_shape(text) IS
  'A message without what differs from event to event: * stands for it.';
