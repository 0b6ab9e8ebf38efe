-- PostgreSQL fills both transition tables of an UPDATE row by row, so their
-- rows belong together by position, whatever happened to the key.
CREATE OR REPLACE FUNCTION reward_outbox.watch_source(
  r reward_outbox.watch_rules, p_operation text
) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE
    WHEN p_operation = 'INSERT' THEN 'FROM reward_new AS new' || CASE
      WHEN reward_outbox.watch_mentions(r, '\mold\M') THEN ' LEFT JOIN reward_new AS old ON false' ELSE '' END
    WHEN p_operation = 'DELETE' THEN 'FROM reward_old AS old' || CASE
      WHEN reward_outbox.watch_mentions(r, '\mnew\M') THEN ' LEFT JOIN reward_old AS new ON false' ELSE '' END
    WHEN r.shape LIKE '% paired'
      THEN 'FROM (SELECT n.*, row_number() OVER () AS reward_outbox_pair FROM reward_new AS n) AS new'
      || E'\nJOIN (SELECT o.*, row_number() OVER () AS reward_outbox_pair FROM reward_old AS o) AS old ON '
          'old.reward_outbox_pair = new.reward_outbox_pair'
    ELSE 'FROM reward_new AS new' END
$$;
COMMENT ON FUNCTION reward_outbox.watch_source(reward_outbox.watch_rules, text) IS
  'Part of watch(): where the statement of an operation reads its rows.';
