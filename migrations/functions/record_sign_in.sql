-- Who signed in to a console, and that somebody could not. It decides nothing, and whoever
-- may decide may write it.
CREATE OR REPLACE FUNCTION reward_outbox.record_sign_in(
  p_actor text, p_refused boolean, p_detail jsonb
) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT reward_outbox.record_operation(
    p_actor,
    CASE WHEN p_refused THEN 'sign_in_refused' ELSE 'sign_in' END,
    NULL,
    NULL,
    NULL,
    p_detail
  )
$$;
COMMENT ON FUNCTION reward_outbox.record_sign_in(text, boolean, jsonb) IS
  'Puts on record who signed in to a console, or how many could not.';
