CREATE OR REPLACE FUNCTION reward_outbox.not_replayable(
  e reward_outbox.watch_errors, r reward_outbox.watch_rules
)
RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  gone  text;
  added text;
BEGIN
  IF coalesce(e.new_row, e.old_row, e.key, e.more_keys) IS NULL THEN
    RETURN 'neither the row nor its primary key could be kept: look for it in the table, emit by hand, then '
           'dismiss the error';
  END IF;
  -- A renamed column would read as null, and the rule might not seem to
  -- apply. Columns it does not name are no matter.
  SELECT string_agg(k.name, ', ') FILTER (WHERE a.attname IS NULL),
         string_agg(a.attname, ', ') FILTER (WHERE k.name IS NULL
                                             AND (whole.row OR reward_outbox.watch_mentions(r,
           '\m(new|old)"?\s*\.\s*"?' || regexp_replace(a.attname, '\W', '\\\&', 'g') || '(?![[:alnum:]_$])')))
  INTO gone, added
  FROM jsonb_object_keys(coalesce(e.new_row, e.old_row)) AS k(name)
  FULL
  JOIN (SELECT x.attname::text
        FROM pg_attribute x
        WHERE x.attrelid = r.watched AND x.attnum > 0 AND NOT x.attisdropped) a
    ON a.attname = k.name
  CROSS JOIN (SELECT reward_outbox.watch_mentions(r, '\m(new|old)\M(?!"?\s*\.\s*[^*\s])') AS row) whole;
  IF gone IS NOT NULL AND added IS NOT NULL THEN
    RETURN format('it was kept with the columns %s, which the table no longer has, and without %s: if that '
                  'is a rename, make it '
      'in new_row and old_row of reward_outbox.watch_errors; if not, take %1$s out of them', gone, added);
  END IF;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION reward_outbox.not_replayable(reward_outbox.watch_errors, reward_outbox.watch_rules) IS
  'Part of replay_watch_errors(): what keeps a row from being replayed; null: nothing.';
