-- Runs as the schema's owner, who may drop what is in it: a rule goes
-- with its table, and then nobody else may be left.
CREATE OR REPLACE FUNCTION reward_outbox.remove_watch_functions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    DELETE FROM reward_outbox.watch_rules w WHERE w.name = OLD.name;
    RETURN NULL;
  END IF;
  LOCK TABLE reward_outbox.rule_turn IN SHARE UPDATE EXCLUSIVE MODE;
  EXECUTE format('DROP FUNCTION IF EXISTS reward_outbox.%I(), reward_outbox.%I(text, jsonb)', 'watch_'
                 || OLD.name,
    'try_' || OLD.name);
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION reward_outbox.remove_watch_functions() IS
  'Part of watch_rules: removes a rule''s functions.';
CREATE OR REPLACE TRIGGER g_remove AFTER DELETE ON reward_outbox.watch_rules
  FOR EACH ROW EXECUTE FUNCTION reward_outbox.remove_watch_functions();
CREATE OR REPLACE TRIGGER g_removed AFTER UPDATE ON reward_outbox.watch_rules
  FOR EACH ROW WHEN (NEW.removed) EXECUTE FUNCTION reward_outbox.remove_watch_functions();
