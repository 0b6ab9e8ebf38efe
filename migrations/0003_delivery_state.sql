-- What the relays know. On the way of success nothing is updated: a batch is claimed by one inserted row
-- (claims), its results are inserted (attempt_log), and an accepted attempt is what "delivered" means.
-- Only an event that must wait or went wrong has a row that changes (event_states).

CREATE TYPE reward_outbox.event_status AS ENUM ('pending', 'sending', 'delivered', 'dead', 'uncertain',
                                                'cancelled');
CREATE TYPE reward_outbox.attempt_outcome AS ENUM ('accepted', 'refused', 'not_sent', 'ambiguous');
CREATE TYPE reward_outbox.delivery_mode AS ENUM ('at_least_once', 'at_most_once');

CREATE TABLE reward_outbox.installation (
  only_row          boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
  installation_id   uuid        NOT NULL DEFAULT gen_random_uuid(),
  lineage           uuid[]      NOT NULL DEFAULT '{}',
  epoch             integer     NOT NULL,
  epochs            integer[]   NOT NULL,
  system_identifier text        NOT NULL,
  database_oid      oid         NOT NULL,
  outbox_oid        oid         NOT NULL,
  timeline          text        NOT NULL,
  written_as        xid,
  doubt_code        text,
  doubt_reason      text,
  doubted_at        timestamptz,
  doubted_by        text,
  adopted_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  adopted_by        text        NOT NULL DEFAULT session_user,
  single_role       boolean     NOT NULL DEFAULT coalesce(current_setting('reward_outbox.single_role', true),
                                                          '') = 'on',
  CHECK (num_nulls(doubt_code, doubt_reason, doubted_at, doubted_by) IN (0, 4))
);
COMMENT ON TABLE  reward_outbox.installation IS
  'Which database this is. A relay that finds itself elsewhere (a restored dump, a copy, a point-in-time '
  'recovery) sends nothing until an operator adopts it.';
COMMENT ON COLUMN reward_outbox.installation.only_row IS 'Keeps the table at one row.';
COMMENT ON COLUMN reward_outbox.installation.installation_id IS
  'Random; a new one with every adoption. What a relay remembers is about one of them.';
COMMENT ON COLUMN reward_outbox.installation.lineage IS 'The ids before it, oldest first.';
COMMENT ON COLUMN reward_outbox.installation.epoch IS
  'Random; a new one with every adoption. The default of outbox.epoch follows it: events with another one '
  'are not read, so rows that were loaded from elsewhere wait.';
COMMENT ON COLUMN reward_outbox.installation.epochs IS
  'Every epoch that was adopted here. An event with any other was loaded from another installation.';
COMMENT ON COLUMN reward_outbox.installation.system_identifier IS
  'Of the cluster, given by initdb; hidden where the server does not tell.';
COMMENT ON COLUMN reward_outbox.installation.database_oid IS
  'Of the database: a copy by CREATE DATABASE ... TEMPLATE has another.';
COMMENT ON COLUMN reward_outbox.installation.outbox_oid IS
  'Of the table outbox: after pg_restore --clean it is another.';
COMMENT ON COLUMN reward_outbox.installation.timeline IS
  'Of the write-ahead log: changes at a failover and at a point-in-time recovery; hidden where the server '
  'does not tell.';
COMMENT ON COLUMN reward_outbox.installation.written_as IS
  'The xmin of this row when a function of ours wrote it. A row that was loaded (a dump, logical '
  'replication) has another xmin, whatever else it says.';
COMMENT ON COLUMN reward_outbox.installation.doubt_code IS
  'What a relay found missing here, as in relays.paused_code: no relay sends until it is adopted. Null: '
  'nothing.';
COMMENT ON COLUMN reward_outbox.installation.doubt_reason IS 'The same for a person.';
COMMENT ON COLUMN reward_outbox.installation.doubted_at IS 'When it was found.';
COMMENT ON COLUMN reward_outbox.installation.doubted_by IS 'Which relay found it.';
COMMENT ON COLUMN reward_outbox.installation.adopted_at IS 'When this identity was taken as right.';
COMMENT ON COLUMN reward_outbox.installation.adopted_by IS 'By whom.';
COMMENT ON COLUMN reward_outbox.installation.single_role IS
  'Made by migrate --single-role: nothing is granted to the reward_outbox_... roles, and the schema''s '
  'owner does everything.';

CREATE TABLE reward_outbox.relay_proofs (
  proof_id       uuid        PRIMARY KEY,
  relay_no       integer     NOT NULL,
  beats          bigint      NOT NULL DEFAULT 0,
  beat_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended          boolean     NOT NULL DEFAULT false,
  vouched_for    text,
  vouched_at     timestamptz,
  last_beat_then timestamptz
);
CREATE INDEX relay_proofs_beat ON reward_outbox.relay_proofs (beat_at);
COMMENT ON TABLE  reward_outbox.relay_proofs IS
  'One row for every run of a relay that was allowed to send. The relay counts its beats here and remembers '
  'how far it came: a database that knows less than its relay has lost something.';
COMMENT ON COLUMN reward_outbox.relay_proofs.proof_id IS
  'Random; known to the relay, in memory and in its state file.';
COMMENT ON COLUMN reward_outbox.relay_proofs.relay_no IS 'The relay.';
COMMENT ON COLUMN reward_outbox.relay_proofs.beats IS 'Raised with every heartbeat; never falls.';
COMMENT ON COLUMN reward_outbox.relay_proofs.beat_at IS 'When it was raised.';
COMMENT ON COLUMN reward_outbox.relay_proofs.ended IS
  'The relay stopped in peace: nobody waits for what it has to say.';
COMMENT ON COLUMN reward_outbox.relay_proofs.vouched_for IS
  'The timeline on which this relay found everything it remembers; null: it was never asked.';
COMMENT ON COLUMN reward_outbox.relay_proofs.vouched_at IS 'When it found that.';
COMMENT ON COLUMN reward_outbox.relay_proofs.last_beat_then IS
  'Its last beat before that: relays that beat about then are waited for.';

CREATE TABLE reward_outbox.missing_events (
  event_id    uuid        NOT NULL,
  attempt     integer     NOT NULL,
  outcome     reward_outbox.attempt_outcome NOT NULL,
  trigger_id  text        NOT NULL,
  user_id     text        NOT NULL,
  http_status smallint,
  sent_at     timestamptz NOT NULL,
  reported_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  reported_by text        NOT NULL,
  PRIMARY KEY (event_id, attempt)
);
COMMENT ON TABLE  reward_outbox.missing_events IS
  'Events that were sent and no longer exist: a failover, a restore or a rollback took them, and a relay '
  'remembered. Nothing removes them by itself.';
COMMENT ON COLUMN reward_outbox.missing_events.event_id IS
  'The event as it was; it was sent to Reward as Idempotency-Key.';
COMMENT ON COLUMN reward_outbox.missing_events.attempt IS '1 for the first.';
COMMENT ON COLUMN reward_outbox.missing_events.outcome IS 'What came of it.';
COMMENT ON COLUMN reward_outbox.missing_events.trigger_id IS 'As it was in outbox.';
COMMENT ON COLUMN reward_outbox.missing_events.user_id IS 'As it was in outbox.';
COMMENT ON COLUMN reward_outbox.missing_events.http_status IS 'Null: no response.';
COMMENT ON COLUMN reward_outbox.missing_events.sent_at IS 'By the clock of this database.';
COMMENT ON COLUMN reward_outbox.missing_events.reported_at IS 'When it was found missing.';
COMMENT ON COLUMN reward_outbox.missing_events.reported_by IS 'The relay that remembered.';

CREATE TABLE reward_outbox.relays (
  relay_no      integer     PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  name          text        NOT NULL,
  version       text        NOT NULL,
  concurrency   integer     NOT NULL,
  started_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  seen_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  stopped_at    timestamptz,
  listener      text        NOT NULL DEFAULT 'connecting',
  paused_since  timestamptz,
  paused_code   text,
  paused_reason text,
  holding       jsonb,
  checked_in_at     timestamptz,
  session_id        integer,
  server_started_at timestamptz,
  session_since     timestamptz,
  wake_mode         text    NOT NULL DEFAULT 'standby',
  able              boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE  reward_outbox.relays IS 'Every relay process that ever started here; attempts name them.';
COMMENT ON COLUMN reward_outbox.relays.relay_no IS 'Short number of this run of the relay.';
COMMENT ON COLUMN reward_outbox.relays.name IS 'Host, process id and a random part.';
COMMENT ON COLUMN reward_outbox.relays.version IS 'Of reward-outbox.';
COMMENT ON COLUMN reward_outbox.relays.concurrency IS 'Requests it may have in flight.';
COMMENT ON COLUMN reward_outbox.relays.started_at IS 'When it registered.';
COMMENT ON COLUMN reward_outbox.relays.seen_at IS 'Its last heartbeat.';
COMMENT ON COLUMN reward_outbox.relays.stopped_at IS 'When it was stopped; null: running, or died.';
COMMENT ON COLUMN reward_outbox.relays.listener IS
  'How it learns of new events: listening, polling, deaf or connecting.';
COMMENT ON COLUMN reward_outbox.relays.paused_since IS
  'Since when it has sent nothing but probes; null: not paused.';
COMMENT ON COLUMN reward_outbox.relays.paused_code IS
  'Why it is paused: key_refused, not_adopted, went_back or failover_unconfirmed. Programs go by this, not '
  'by the sentence.';
COMMENT ON COLUMN reward_outbox.relays.paused_reason IS 'The same for a person.';
COMMENT ON COLUMN reward_outbox.relays.holding IS
  'What it holds back, and why: all of it, and up to 50 triggers. Milliseconds before and after seen_at. '
  'Null: nothing.';
COMMENT ON COLUMN reward_outbox.relays.checked_in_at IS 'When check_in() last wrote this row.';
COMMENT ON COLUMN reward_outbox.relays.session_id IS
  'Process id of the session with which it listens; null: it has none.';
COMMENT ON COLUMN reward_outbox.relays.server_started_at IS 'When the server of that session was started.';
COMMENT ON COLUMN reward_outbox.relays.session_since IS 'Since when it has had that session.';
COMMENT ON COLUMN reward_outbox.relays.wake_mode IS
  'How it finds new events: polling, draining, listening or standby.';
COMMENT ON COLUMN reward_outbox.relays.able IS
  'It could send: neither it nor Reward as a whole is paused, and it hears notifications.';

CREATE TABLE reward_outbox.head (
  position_no  bigint      PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  moved_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  read_through pg_snapshot NOT NULL,
  reading      pg_snapshot,
  last_xid     xid8,
  last_seq     bigint,
  moved        integer     NOT NULL DEFAULT 0,
  CHECK ((reading IS NULL) = (last_xid IS NULL) AND (last_xid IS NULL) = (last_seq IS NULL))
);
COMMENT ON TABLE  reward_outbox.head IS
  'How far the outbox has been read. Every step is a new row, the highest position_no counts: an updated '
  'row would drag its dead versions along.';
COMMENT ON COLUMN reward_outbox.head.position_no IS 'Steps of the head.';
COMMENT ON COLUMN reward_outbox.head.moved_at IS 'When this step was made.';
COMMENT ON COLUMN reward_outbox.head.read_through IS 'Every event visible in this snapshot has been read.';
COMMENT ON COLUMN reward_outbox.head.reading IS
  'While what one look found is read in several steps: the snapshot of that look.';
COMMENT ON COLUMN reward_outbox.head.last_xid IS
  'With last_seq: of what is visible in "reading", everything up to here has been read.';
COMMENT ON COLUMN reward_outbox.head.last_seq IS 'See last_xid.';
COMMENT ON COLUMN reward_outbox.head.moved IS
  'How many events this step moved to event_states, because they must wait.';
INSERT INTO reward_outbox.head (read_through) VALUES (pg_current_snapshot());

CREATE TABLE reward_outbox.claims (
  lease_id   uuid        PRIMARY KEY,
  relay_no   integer     NOT NULL,
  claimed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz NOT NULL,
  from_head  boolean     NOT NULL,
  event_ids  uuid[]      NOT NULL,
  attempts   integer[]
);
ALTER TABLE reward_outbox.claims ALTER COLUMN event_ids SET STORAGE EXTERNAL;
CREATE INDEX claims_expiry ON reward_outbox.claims (expires_at);
COMMENT ON TABLE  reward_outbox.claims IS
  'The record of intent: a row is committed before the first byte of its events is sent, and removed once '
  'all of them are settled.';
COMMENT ON COLUMN reward_outbox.claims.lease_id IS
  'Random; every write that follows the claim is fenced by it.';
COMMENT ON COLUMN reward_outbox.claims.relay_no IS 'Who holds it.';
COMMENT ON COLUMN reward_outbox.claims.claimed_at IS 'By the database''s clock.';
COMMENT ON COLUMN reward_outbox.claims.expires_at IS 'From then on what is not settled counts as ambiguous.';
COMMENT ON COLUMN reward_outbox.claims.from_head IS
  'True: first attempts, straight from the outbox. False: events that have a row in event_states.';
COMMENT ON COLUMN reward_outbox.claims.event_ids IS
  'What may have been sent under this lease. What is given back is taken out.';
COMMENT ON COLUMN reward_outbox.claims.attempts IS
  'The attempt each event is at, in the order of event_ids; null: all at their first.';

CREATE TABLE reward_outbox.event_states (
  event_id        uuid        PRIMARY KEY,
  seq             bigint      NOT NULL,
  next_attempt_at timestamptz NOT NULL,
  changed_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  attempts        integer     NOT NULL DEFAULT 0,
  excused         integer     NOT NULL DEFAULT 0,
  bytes           integer     NOT NULL,
  status          reward_outbox.event_status NOT NULL,
  blocked         boolean     NOT NULL DEFAULT false,
  lease_id        uuid,
  trigger_id      text        NOT NULL,
  ordering_key    text,
  reason          text,
  duplicate_of    uuid,
  CHECK ((status = 'sending') = (lease_id IS NOT NULL))
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
-- Due events, trigger by trigger, so that one noisy or paused trigger is
-- never walked over to get to the others.
CREATE INDEX event_states_due ON reward_outbox.event_states (trigger_id, next_attempt_at)
WHERE status = 'pending' AND NOT blocked;
CREATE INDEX event_states_sending ON reward_outbox.event_states (lease_id) WHERE status = 'sending';
CREATE INDEX event_states_in_flight ON reward_outbox.event_states (trigger_id) WHERE status = 'sending';
CREATE INDEX event_states_ended ON reward_outbox.event_states (status, event_id)
WHERE status IN ('dead', 'uncertain', 'cancelled');
CREATE INDEX event_states_order ON reward_outbox.event_states (ordering_key, seq)
WHERE ordering_key IS NOT NULL AND status IN ('pending', 'sending', 'uncertain');
-- The promise of ordering_key, kept by the database itself: at most one event of a key may be under way.
CREATE UNIQUE INDEX event_states_one_per_key ON reward_outbox.event_states (ordering_key)
  WHERE ordering_key IS NOT NULL AND NOT blocked AND status IN ('pending', 'sending', 'uncertain');
COMMENT ON TABLE  reward_outbox.event_states IS
  'Events that wait (retry, delay, limit, pause, order) or ended otherwise than by delivery. An event that '
  'is not here is unread, in a claim, or delivered.';
COMMENT ON COLUMN reward_outbox.event_states.event_id IS 'The event in outbox.';
COMMENT ON COLUMN reward_outbox.event_states.seq IS 'Copied from outbox.';
COMMENT ON COLUMN reward_outbox.event_states.next_attempt_at IS
  'Pending: not before this time. Set by the database''s clock.';
COMMENT ON COLUMN reward_outbox.event_states.changed_at IS 'Of the last change of status.';
COMMENT ON COLUMN reward_outbox.event_states.attempts IS
  'Counted when claimed, so that a row which kills its relay runs out of attempts too.';
COMMENT ON COLUMN reward_outbox.event_states.excused IS
  'How many of them do not count against the limit: refused for the key or for pacing, or made before an '
  'operator''s retry.';
COMMENT ON COLUMN reward_outbox.event_states.bytes IS
  'Size of payload and ids: bounds what one claim returns.';
COMMENT ON COLUMN reward_outbox.event_states.status IS 'As the events view shows it.';
COMMENT ON COLUMN reward_outbox.event_states.blocked IS 'Behind another event with the same ordering_key.';
COMMENT ON COLUMN reward_outbox.event_states.lease_id IS 'While sending: the claim that holds it.';
COMMENT ON COLUMN reward_outbox.event_states.trigger_id IS 'Copied from outbox.';
COMMENT ON COLUMN reward_outbox.event_states.ordering_key IS 'Copied from outbox.';
COMMENT ON COLUMN reward_outbox.event_states.reason IS
  'Why it is dead, uncertain or cancelled, for a person.';
COMMENT ON COLUMN reward_outbox.event_states.duplicate_of IS
  'The event that is sent in its place, because the two have one idempotency key; null: none is.';

CREATE TYPE reward_outbox.twin AS (
  reason       text,
  duplicate_of uuid
);
COMMENT ON TYPE reward_outbox.twin IS
  'Why a captured event is not sent: another one with its idempotency key was read before.';
COMMENT ON COLUMN reward_outbox.twin.reason IS 'For a person.';
COMMENT ON COLUMN reward_outbox.twin.duplicate_of IS
  'The other one, if it is the same; null: the two should not have one key.';

CREATE TABLE reward_outbox.attempt_log (
  event_id      uuid        NOT NULL,
  started_at    timestamptz NOT NULL,
  attempt       integer     NOT NULL,
  duration_ms   integer,
  relay_no      integer     NOT NULL,
  http_status   smallint,
  outcome       reward_outbox.attempt_outcome NOT NULL,
  error_code    text,
  error_message text,
  response_body text,
  response_headers jsonb,
  lease_id      uuid,
  -- The outcome is part of the key: what was reaped as ambiguous
  -- when its lease expired may still turn out accepted.
  CONSTRAINT attempt_log_pkey PRIMARY KEY (event_id, attempt, outcome)
);
COMMENT ON TABLE  reward_outbox.attempt_log IS
  'Every request ever sent and what came of it. Append-only, but for texts that retention and erasure take '
  'out. Read it as reward_outbox.attempts.';
COMMENT ON COLUMN reward_outbox.attempt_log.event_id IS 'The event in outbox.';
COMMENT ON COLUMN reward_outbox.attempt_log.started_at IS 'By the database''s clock.';
COMMENT ON COLUMN reward_outbox.attempt_log.attempt IS '1 for the first.';
COMMENT ON COLUMN reward_outbox.attempt_log.duration_ms IS
  'From the first byte to the verdict; null: unknown, its relay died.';
COMMENT ON COLUMN reward_outbox.attempt_log.relay_no IS 'Who sent it.';
COMMENT ON COLUMN reward_outbox.attempt_log.http_status IS 'Null: no response.';
COMMENT ON COLUMN reward_outbox.attempt_log.outcome IS
  'accepted, refused, not_sent, or ambiguous: everything that is not proven.';
COMMENT ON COLUMN reward_outbox.attempt_log.error_code IS 'Reward''s code, a network code, or lease_expired.';
COMMENT ON COLUMN reward_outbox.attempt_log.error_message IS 'One line for a person.';
COMMENT ON COLUMN reward_outbox.attempt_log.lease_id IS
  'Of an attempt that failed or was reaped: the lease it was made under, by which an answer that comes '
  'after all proves itself. Accepted: null.';
COMMENT ON COLUMN reward_outbox.attempt_log.response_body IS
  'What Reward answered, capped; null for an empty body and for the documented success.';
COMMENT ON COLUMN reward_outbox.attempt_log.response_headers IS
  'Of an answer that was not accepted: the headers that help to find out who gave it, names in lower case.';

-- What a relay and the database tell each other, by name.
CREATE TYPE reward_outbox.claimed_event AS (
  event_id     uuid,
  trigger_id   text,
  user_id      text,
  body         text,
  attempt      integer,
  excused      integer,
  at_most_once boolean,
  max_attempts integer,
  ordered      boolean,
  from_head    boolean,
  age_ms       double precision
);
COMMENT ON TYPE reward_outbox.claimed_event IS 'An event in the answer of claim(): what sending it takes.';
COMMENT ON COLUMN reward_outbox.claimed_event.event_id IS 'The event in outbox.';
COMMENT ON COLUMN reward_outbox.claimed_event.trigger_id IS 'As in outbox.';
COMMENT ON COLUMN reward_outbox.claimed_event.user_id IS 'As in outbox.';
COMMENT ON COLUMN reward_outbox.claimed_event.body IS 'payload::text, the bytes that are sent.';
COMMENT ON COLUMN reward_outbox.claimed_event.attempt IS '1 for the first.';
COMMENT ON COLUMN reward_outbox.claimed_event.excused IS
  'How many of the attempts do not count against the limit.';
COMMENT ON COLUMN reward_outbox.claimed_event.at_most_once IS
  'An ambiguous attempt is not followed by another.';
COMMENT ON COLUMN reward_outbox.claimed_event.max_attempts IS 'The trigger''s own limit; null: the relay''s.';
COMMENT ON COLUMN reward_outbox.claimed_event.ordered IS
  'Has an ordering key: settling it may let another event go.';
COMMENT ON COLUMN reward_outbox.claimed_event.from_head IS
  'A first attempt, straight from the outbox, under the lease for those; false: it has waited.';
COMMENT ON COLUMN reward_outbox.claimed_event.age_ms IS
  'For how long it could have been sent, by the database''s clock.';

CREATE TYPE reward_outbox.accepted_attempt AS (
  lease_id      uuid,
  event_id      uuid,
  attempt       integer,
  age_ms        integer,
  duration_ms   integer,
  http_status   smallint,
  response_body text
);
COMMENT ON TYPE reward_outbox.accepted_attempt IS 'An attempt as settle_accepted() is told of it.';
COMMENT ON COLUMN reward_outbox.accepted_attempt.lease_id IS 'The claim that it was made under.';
COMMENT ON COLUMN reward_outbox.accepted_attempt.event_id IS 'The event in outbox.';
COMMENT ON COLUMN reward_outbox.accepted_attempt.attempt IS '1 for the first.';
COMMENT ON COLUMN reward_outbox.accepted_attempt.age_ms IS 'Milliseconds since it began.';
COMMENT ON COLUMN reward_outbox.accepted_attempt.duration_ms IS
  'From the first byte to the verdict; null: unknown.';
COMMENT ON COLUMN reward_outbox.accepted_attempt.http_status IS 'Null: no response.';
COMMENT ON COLUMN reward_outbox.accepted_attempt.response_body IS
  'What Reward answered, capped; null for an empty body and for the documented success.';

CREATE TABLE reward_outbox.triggers (
  trigger_id      text PRIMARY KEY,
  mode            reward_outbox.delivery_mode NOT NULL DEFAULT 'at_least_once',
  max_attempts    integer          CHECK (max_attempts BETWEEN 1 AND 1000),
  rate_per_second double precision CHECK (rate_per_second BETWEEN 0.00001 AND 100000),
  max_in_flight   integer          CHECK (max_in_flight BETWEEN 1 AND 10000),
  paused_at       timestamptz,
  paused_by       text,
  paused_reason   text,
  paused_code     text,
  probe_at        timestamptz,
  probe_every     interval         NOT NULL DEFAULT '2 s',
  probes          integer          NOT NULL DEFAULT 0,
  tokens          double precision,
  refilled_at     timestamptz,
  CHECK ((paused_at IS NULL) = (paused_by IS NULL)),
  CHECK (probe_at IS NULL OR paused_at IS NOT NULL)
);
COMMENT ON TABLE  reward_outbox.triggers IS 'Policy per trigger. A trigger without a row has the defaults.';
COMMENT ON COLUMN reward_outbox.triggers.trigger_id IS 'As in outbox.';
COMMENT ON COLUMN reward_outbox.triggers.mode IS 'What an ambiguous attempt leads to: a retry, or uncertain.';
COMMENT ON COLUMN reward_outbox.triggers.max_attempts IS 'Null: the relay''s own limit.';
COMMENT ON COLUMN reward_outbox.triggers.rate_per_second IS
  'Over all relays; at least one a day; null: unlimited.';
COMMENT ON COLUMN reward_outbox.triggers.max_in_flight IS 'Over all relays; null: unlimited.';
COMMENT ON COLUMN reward_outbox.triggers.paused_at IS
  'Since when nothing of this trigger is sent; null: not paused.';
COMMENT ON COLUMN reward_outbox.triggers.paused_by IS 'Who paused it.';
COMMENT ON COLUMN reward_outbox.triggers.paused_reason IS 'Why.';
COMMENT ON COLUMN reward_outbox.triggers.paused_code IS
  'Why a relay paused it: unknown_trigger or lasting_doubt. Programs go by this, not by the sentence. Null: '
  'not paused, or by a person.';
COMMENT ON COLUMN reward_outbox.triggers.probe_at IS
  'Paused by a relay: when one event may be tried again; an accepted one resumes the trigger. Null: paused '
  'by a person, never probed.';
COMMENT ON COLUMN reward_outbox.triggers.probe_every IS
  'Paused by a relay: time from the pause to the first probe. Short where a probe is refused, long where it '
  'may pay out again.';
COMMENT ON COLUMN reward_outbox.triggers.probes IS
  'Probes that failed since the pause; the time between them doubles.';
COMMENT ON COLUMN reward_outbox.triggers.tokens IS
  'Of the rate limit''s bucket, which holds one second''s worth.';
COMMENT ON COLUMN reward_outbox.triggers.refilled_at IS 'When tokens was computed.';

-- Which triggers have something due is found here in the order of their turns, and not in event_states: a
-- claim looks at no trigger that has nothing due, or is paused, however many there are.
CREATE TABLE reward_outbox.waiting_triggers (
  trigger_id text        PRIMARY KEY,
  look_at    timestamptz NOT NULL,
  at_limit   boolean     NOT NULL DEFAULT false
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
CREATE INDEX waiting_triggers_turn ON reward_outbox.waiting_triggers (look_at);
COMMENT ON TABLE  reward_outbox.waiting_triggers IS
  'One row for every trigger of which events wait in event_states.';
COMMENT ON COLUMN reward_outbox.waiting_triggers.trigger_id IS 'As in event_states.';
COMMENT ON COLUMN reward_outbox.waiting_triggers.look_at IS
  'Nothing of it can be claimed before this time; infinity: not before a person resumes it.';
COMMENT ON COLUMN reward_outbox.waiting_triggers.at_limit IS
  'It was found at its limit in flight: an answer brings look_at forward.';

CREATE TABLE reward_outbox.clock (
  only_row boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
  seen_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO reward_outbox.clock DEFAULT VALUES;
COMMENT ON TABLE  reward_outbox.clock IS
  'What the clock of the database showed when a relay last looked. A clock that is behind it was set back.';
COMMENT ON COLUMN reward_outbox.clock.only_row IS 'Keeps the table at one row.';
COMMENT ON COLUMN reward_outbox.clock.seen_at IS 'What it showed.';

CREATE TABLE reward_outbox.operations (
  operation_no bigint      PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  at           timestamptz NOT NULL DEFAULT clock_timestamp(),
  actor        text        NOT NULL,
  action       text        NOT NULL,
  event_id     uuid,
  trigger_id   text,
  reason       text,
  detail       jsonb,
  run_no       bigint
);
-- A run over many events has a row for each of them: it is looked up by
-- its number, and the log is read past them.
CREATE INDEX operations_run ON reward_outbox.operations (run_no, operation_no) WHERE run_no IS NOT NULL;
CREATE INDEX operations_log ON reward_outbox.operations (operation_no)
WHERE run_no IS NULL OR event_id IS NULL;
CREATE INDEX operations_event ON reward_outbox.operations (event_id) WHERE event_id IS NOT NULL;
COMMENT ON TABLE  reward_outbox.operations IS
  'What people decided: retries, cancellations, resolutions, pauses. Append-only, but for texts that '
  'erasure takes out.';
COMMENT ON COLUMN reward_outbox.operations.operation_no IS 'Order.';
COMMENT ON COLUMN reward_outbox.operations.at IS 'When.';
COMMENT ON COLUMN reward_outbox.operations.actor IS 'Who: the name given, and the database role.';
COMMENT ON COLUMN reward_outbox.operations.action IS
  'retry, cancel, resolve, pause, resume, set, adopt, prune, verify; follow: a relay followed a failover.';
COMMENT ON COLUMN reward_outbox.operations.event_id IS 'The event it was about, if one.';
COMMENT ON COLUMN reward_outbox.operations.trigger_id IS 'The trigger it was about, if one.';
COMMENT ON COLUMN reward_outbox.operations.reason IS 'Why, in the actor''s words.';
COMMENT ON COLUMN reward_outbox.operations.detail IS 'What else is needed to understand it later.';
COMMENT ON COLUMN reward_outbox.operations.run_no IS 'The run over many events that it was part of, if one.';
