-- Counted for the session: nobody waits for anybody else to count.
CREATE OR REPLACE FUNCTION reward_outbox.keeps_rows(p_watch text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  most CONSTANT integer := 1000;
  mark CONSTANT text := 'reward_outbox.kept_' || left(md5(p_watch), 16);
  hour CONSTANT text := to_char(clock_timestamp(), 'YYYYMMDDHH24');
  seen CONSTANT text := coalesce(current_setting(mark, true), '');
  kept CONSTANT integer := CASE WHEN split_part(seen, ' ', 1) = hour
                                THEN split_part(seen, ' ', 2)::integer ELSE 0 END;
BEGIN
  IF kept < most THEN
    PERFORM set_config(mark, hour || ' ' || kept + 1, false);
  END IF;
  RETURN kept < most;
EXCEPTION WHEN OTHERS THEN
  -- Somebody has put something else there.
  RETURN false;
END
$$;
COMMENT ON FUNCTION reward_outbox.keeps_rows(text) IS
  'Part of a rule: whether a row that fails is still kept whole. A thousand in an hour are, of each rule '
  'and session.';
