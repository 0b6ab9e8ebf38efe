-- Who works next. Each of these tables is empty and stays so: what counts is the lock on it, which lasts
-- until the end of a transaction and which nobody but the schema's owner (and so our functions) may take.
-- Any role can take an advisory lock by its number, and would stop delivery with it. The mode SHARE
-- UPDATE EXCLUSIVE excludes itself, writes nothing, and leaves pg_dump alone.

CREATE TABLE reward_outbox.claim_turn ();
COMMENT ON TABLE reward_outbox.claim_turn IS
  'Locked by who reads the outbox, claims, or changes which event of an ordering key comes next.';

CREATE TABLE reward_outbox.decision_turn ();
COMMENT ON TABLE reward_outbox.decision_turn IS 'Locked by decisions about events, and by prune().';

CREATE TABLE reward_outbox.rule_turn ();
COMMENT ON TABLE reward_outbox.rule_turn IS 'Locked by who changes the rules of watches.';

CREATE TABLE reward_outbox.sample_turn ();
COMMENT ON TABLE reward_outbox.sample_turn IS 'Locked by who thins the samples of relays.';

CREATE TABLE reward_outbox.alert_message_turn ();
COMMENT ON TABLE reward_outbox.alert_message_turn IS 'Locked by who changes which alerts are to be told.';
