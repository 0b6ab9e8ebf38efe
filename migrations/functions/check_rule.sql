CREATE OR REPLACE FUNCTION reward_outbox.check_rule(p_name text) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
  problem text := CASE WHEN EXISTS (SELECT FROM reward_outbox.watch_rules r WHERE r.name = p_name)
                       THEN reward_outbox.watch_problem(p_name) ELSE 'there is no such rule' END;
BEGIN
  IF problem IS NULL THEN
    PERFORM FROM reward_outbox.evaluate_rule(p_name, 'check', '{}');
  END IF;
  RETURN problem;
EXCEPTION WHEN OTHERS OR assert_failure THEN
  RETURN SQLERRM;
END
$$;
COMMENT ON FUNCTION reward_outbox.check_rule(text) IS
  'Reads and plans a rule''s expressions, with the rights of its table''s owner: why it does not work; '
  'null: it does.';
