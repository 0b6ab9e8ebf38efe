-- Row-level triggers go on seeing all that is written to a table that
-- stands alone again, or to all partitions of one.
CREATE OR REPLACE FUNCTION reward_outbox.watch_shape_fits(r reward_outbox.watch_rules) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT r.shape = reward_outbox.watch_shape(r)
    OR r.shape LIKE 'row%'
       AND ((SELECT c.relkind FROM pg_class c WHERE c.oid = r.watched) = 'p'
            OR NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhparent = r.watched))
$$;
COMMENT ON FUNCTION reward_outbox.watch_shape_fits(reward_outbox.watch_rules) IS
  'Part of watch_problem(): whether the kinds of trigger that a rule was given see all that its table''s '
  'writers do.';
