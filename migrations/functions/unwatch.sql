CREATE OR REPLACE FUNCTION reward_outbox.unwatch(name text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET lock_timeout = '10s' AS $$
BEGIN
  UPDATE reward_outbox.watch_rules r SET removed = true WHERE r.name = unwatch.name;
  RETURN FOUND;
END
$$;
COMMENT ON FUNCTION reward_outbox.unwatch(text) IS 'Removes a rule. False: there was none of that name.';
