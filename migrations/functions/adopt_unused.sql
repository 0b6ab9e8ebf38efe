CREATE OR REPLACE FUNCTION reward_outbox.adopt_unused(p_relay text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  f record;
BEGIN
  PERFORM reward_outbox.lock_head();
  SELECT * INTO f FROM reward_outbox.database_facts(NULL, NULL, NULL, NULL, NULL);
  -- Empty: nothing of it can be sent a second time. A copy within the
  -- cluster, of a database that no relay ever used: a migrated template.
  IF f.doubt_code IS NOT NULL
    OR NOT (f.is_empty OR f.is_original AND NOT f.was_used AND NOT f.has_foreign_events
     AND (f.recorded ->> 'systemIdentifier', f.recorded ->> 'timeline') = (f.found ->> 'systemIdentifier',
                                                                           f.found ->> 'timeline')) THEN
    RETURN false;
  END IF;
  PERFORM reward_outbox.adopt(false, 'nothing was ever sent from here', p_relay);
  RETURN true;
END
$$;
COMMENT ON FUNCTION reward_outbox.adopt_unused(text) IS
  'What a relay may adopt by itself: a database with nothing in it, or a copy of a template that no relay '
  'ever used.';
