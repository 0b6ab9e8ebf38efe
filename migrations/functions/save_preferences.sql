CREATE OR REPLACE FUNCTION reward_outbox.save_preferences(p_person text, p_preferences jsonb) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO reward_outbox.console_preferences AS c (person, preferences)
  VALUES (p_person, p_preferences)
  ON CONFLICT (person) DO UPDATE
  SET preferences = excluded.preferences,
      changed_at = clock_timestamp()
$$;
COMMENT ON FUNCTION reward_outbox.save_preferences(text, jsonb) IS 'What a person set in the console.';
