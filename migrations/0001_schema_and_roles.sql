-- The schema, and the roles a DBA grants to login roles of their own. Roles belong to the
-- whole cluster, so they may exist already. They cannot log in and own nothing. With
-- migrate --single-role there are none: whoever migrates does everything.

COMMENT ON SCHEMA reward_outbox IS
  'Transactional outbox for Reward: events are written here in the application''s own transaction and '
  'delivered by the relay.';
REVOKE ALL ON SCHEMA reward_outbox FROM PUBLIC;

DO $$
DECLARE
  role_name text;
BEGIN
  IF current_setting('reward_outbox.single_role', true) = 'on' THEN
    RETURN;
  END IF;
  FOREACH role_name IN ARRAY ARRAY[
    'reward_outbox_writer', 'reward_outbox_relay', 'reward_outbox_auditor', 'reward_outbox_operator',
    'reward_outbox_watcher', 'reward_outbox_webhook']
  LOOP
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = role_name) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
      EXCEPTION
        -- Another database of this cluster is being migrated at the same time.
        WHEN duplicate_object OR unique_violation THEN NULL;
        WHEN insufficient_privilege THEN
          RAISE EXCEPTION 'the role % does not exist and % may not create it', role_name, current_user
            USING ERRCODE = 'insufficient_privilege',
                  HINT = 'Ask a DBA to run: CREATE ROLE reward_outbox_writer NOLOGIN; CREATE ROLE '
                         'reward_outbox_relay NOLOGIN; '
                         'CREATE ROLE reward_outbox_auditor NOLOGIN; CREATE ROLE reward_outbox_operator '
                         'NOLOGIN; '
                         'CREATE ROLE reward_outbox_watcher NOLOGIN; CREATE ROLE reward_outbox_webhook '
                         'NOLOGIN; '
                         'GRANT reward_outbox_auditor TO reward_outbox_operator; '
                         'then migrate again. Or do without roles: migrate --single-role.';
      END;
    END IF;
  END LOOP;
END
$$;
