-- Why a decision about an event is refused. These rules stand here alone: the functions
-- that decide ask for them, and so does whoever shows beforehand what is possible.
-- p_action: retry, cancel, resolve_delivered or resolve_not_delivered.
-- p_status: null: there is no such event.
-- p_in_its_order: new, with an ordering key, and not read yet: entering event_states now
-- would let it overtake earlier events of its key that are not read either.
CREATE OR REPLACE FUNCTION reward_outbox.refusal_code(
  p_action           text,
  p_status           text,
  p_is_duplicate     boolean,
  p_in_its_order     boolean,
  p_allow_duplicates boolean
) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
SELECT CASE
  WHEN p_status IS NULL THEN 'no_such_event'
  WHEN p_action = 'retry' THEN
    CASE
      WHEN p_status = 'sending' THEN 'being_sent'
      WHEN p_status = 'delivered' AND NOT p_allow_duplicates THEN 'already_delivered'
      WHEN p_status = 'uncertain' AND NOT p_allow_duplicates THEN 'may_be_delivered'
      WHEN p_status = 'cancelled' AND p_is_duplicate AND NOT p_allow_duplicates THEN 'is_duplicate'
      WHEN p_status = 'pending' AND p_in_its_order THEN 'goes_in_its_order'
    END
  WHEN p_action = 'cancel' THEN
    CASE
      WHEN p_status = 'sending' THEN 'being_sent'
      WHEN p_status = 'delivered' THEN 'already_delivered'
      WHEN p_status = 'cancelled' THEN 'already_cancelled'
    END
  WHEN p_status = 'uncertain' OR p_status = 'dead' AND p_action = 'resolve_delivered' THEN NULL
  ELSE 'not_uncertain'
END
$$;
COMMENT ON FUNCTION reward_outbox.refusal_code(text, text, boolean, boolean, boolean)
  IS 'Why a decision about an event is refused, as a code; null: it is not.';
