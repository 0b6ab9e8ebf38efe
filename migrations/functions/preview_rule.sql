-- As the caller, who has to be the table's owner or a member of it: only they may run its rule.
CREATE OR REPLACE FUNCTION reward_outbox.preview_rule(r reward_outbox.watch_rules, p_limit integer)
RETURNS SETOF reward_outbox.tried_row
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN QUERY EXECUTE format('SELECT t.* FROM reward_outbox.%I(''preview'', $1) t', 'try_' || r.name)
  USING jsonb_build_object('limit', p_limit,
    'operation', CASE WHEN 'INSERT' = ANY (r.operations) THEN 'INSERT' ELSE r.operations[1] END);
END
$$;
COMMENT ON FUNCTION reward_outbox.preview_rule(reward_outbox.watch_rules, integer) IS
  'What a rule would make of existing rows, the last ones by primary key, as if each were new. Emits '
  'nothing.';
