-- Runs with the settings of its callers. A stricter setting than the usual one stays.
CREATE OR REPLACE FUNCTION reward_outbox.commit_durably() RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF current_setting('synchronous_commit') IN ('off', 'local') THEN
    PERFORM set_config('synchronous_commit', 'on', true);
  END IF;
END
$$;
COMMENT ON FUNCTION reward_outbox.commit_durably() IS
  'The COMMIT of this transaction waits for the disk, whatever the database or the role says.';
