CREATE OR REPLACE FUNCTION reward_outbox.watch_problem(p_name text) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  r       reward_outbox.watch_rules;
  missing text;
  off     text;
BEGIN
  SELECT * INTO r FROM reward_outbox.watch_rules w WHERE w.name = p_name;
  IF NOT EXISTS (SELECT FROM pg_proc p WHERE p.oid = to_regprocedure(format('reward_outbox.%I()', 'watch_' || p_name)) AND p.prosecdef
                 AND p.proowner = (SELECT o.oid FROM pg_roles o WHERE o.rolname = 'reward_outbox_capture')) THEN
    RETURN 'its function is missing or does not belong to reward_outbox_capture: make the rule again';
  END IF;
  IF r.shape IS DISTINCT FROM reward_outbox.watch_shape(r) THEN
    RETURN 'the table has become part of another one, or tables below it have changed: make the rule again';
  END IF;
  SELECT string_agg(w.trigger_name, ', ') FILTER (WHERE g.oid IS NULL), string_agg(w.trigger_name, ', ') FILTER (WHERE g.tgenabled NOT IN ('O', 'A')) INTO missing, off
  FROM reward_outbox.watch_triggers(r) w LEFT JOIN pg_trigger g ON g.tgrelid = r.watched AND g.tgname = w.trigger_name;
  IF missing IS NOT NULL OR off IS NOT NULL THEN
    RETURN concat_ws('; ', 'the table lacks ' || missing || ': make the rule again', 'disabled on the table: ' || off);
  END IF;
  -- What can not be named can not be looked at; the rule may be fine.
  IF NOT has_schema_privilege(current_user, (SELECT c.relnamespace FROM pg_class c WHERE c.oid = r.watched), 'USAGE') THEN
    RETURN NULL;
  END IF;
  EXECUTE format('SELECT reward_outbox.check_watch($1, NULL::%s)', r.watched) USING r;
  RETURN NULL;
EXCEPTION WHEN OTHERS OR assert_failure THEN
  RETURN SQLERRM;
END
$$;
COMMENT ON FUNCTION reward_outbox.watch_problem(text) IS 'Why a rule does not work as it stands, for instance because a column was renamed; null: it does.';
