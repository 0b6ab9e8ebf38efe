CREATE OR REPLACE FUNCTION reward_outbox.watch_triggers(r reward_outbox.watch_rules) RETURNS TABLE (trigger_name text, ddl text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  WITH words AS (
    SELECT format('reward_outbox_%s_', r.name) AS prefix, format('reward_outbox.%I()', 'watch_' || r.name) AS function_name,
           -- SET reward_outbox.watch = off: for one session, nothing is captured.
           $w$lower(coalesce(current_setting('reward_outbox.watch', true), '')) NOT IN ('off', 'false', 'no', '0')$w$ AS wanted,
           -- Above 0 while a statement on the parent is writing its partitions: the parent's own triggers see those rows.
           'reward_outbox.through_' || left(md5(r.name), 16) AS mark
  )
  SELECT prefix || lower(o.operation), format('AFTER %s ON %s REFERENCING %s FOR EACH STATEMENT WHEN (%s) EXECUTE FUNCTION %s', o.operation, r.watched,
    CASE o.operation WHEN 'DELETE' THEN 'OLD TABLE AS reward_old'
      ELSE 'NEW TABLE AS reward_new' || CASE WHEN o.operation = 'UPDATE' AND r.shape LIKE '%paired' THEN ' OLD TABLE AS reward_old' ELSE '' END END, wanted, function_name)
  FROM words, unnest(r.operations) AS o(operation) WHERE r.shape NOT LIKE 'row%'
  UNION ALL
  SELECT prefix || 'row', format('AFTER %s ON %s FOR EACH ROW WHEN (%s%s) EXECUTE FUNCTION %s', array_to_string(r.operations, ' OR '), r.watched, wanted,
    CASE WHEN r.shape LIKE 'row%' THEN '' ELSE format(' AND coalesce(current_setting(%L, true), '''') IN ('''', ''0'')', mark) END, function_name)
  FROM words WHERE r.shape NOT LIKE 'statement%'
  UNION ALL
  SELECT prefix || at.word, format('%s INSERT OR UPDATE OR DELETE ON %s FOR EACH STATEMENT EXECUTE FUNCTION reward_outbox.mark_parent_statement(%L, %L)', at.time, r.watched, mark, at.step)
  FROM words, (VALUES ('begin', 'BEFORE', 1), ('end', 'AFTER', -1)) AS at(word, time, step) WHERE r.shape LIKE 'partitioned%'
$$;
COMMENT ON FUNCTION reward_outbox.watch_triggers(reward_outbox.watch_rules) IS 'Part of watch(): the triggers of a rule.';
