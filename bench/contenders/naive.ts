import { type Contender, execute, peerCommand } from "./contender.ts";

/** The outbox of a hundred blog posts: a table, NOTIFY in a trigger, a sent_at. */
const SCHEMA = `
CREATE TABLE naive_outbox (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, trigger_id text NOT NULL, user_id text NOT NULL, payload jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(), sent_at timestamptz
);
CREATE INDEX naive_outbox_unsent ON naive_outbox (id) WHERE sent_at IS NULL;
CREATE FUNCTION naive_notify() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_notify('naive_outbox', ''); RETURN NULL; END $$;
CREATE TRIGGER naive_notify AFTER INSERT ON naive_outbox FOR EACH STATEMENT EXECUTE FUNCTION naive_notify();`;

const INSERT = "INSERT INTO naive_outbox (trigger_id, user_id, payload)";

const common = {
	prepare: (databaseUrl) => execute(databaseUrl, SCHEMA),
	async fill(client, events) {
		await client.query(`${INSERT} SELECT 'bench', 'u' || n, '{"value": 19.99}' FROM generate_series(0, $1 - 1) n`, [
			events,
		]);
	},
	insertion: { kind: "sql", text: `${INSERT} VALUES ('bench', $1, '{"value": 19.99}')` },
	finishedSql: "SELECT NOT EXISTS (SELECT FROM naive_outbox WHERE sent_at IS NULL) AS finished",
	recordedSql: "SELECT count(*)::integer AS recorded FROM naive_outbox WHERE sent_at IS NOT NULL",
} satisfies Partial<Contender>;

export const naive: Contender = {
	...common,
	id: "naive",
	name: "naive outbox",
	configuration: "LISTEN, SELECT … LIMIT 100, then all 100 at once: fetch and UPDATE one by one",
	expected: { at0ms: 1_400, at50ms: 900 },
	command: (assignment) => peerCommand("naive.ts", assignment),
};

/** The shortest way there is from a commit to a request. */
export const bareListen: Contender = {
	...common,
	id: "bare-listen",
	name: "bare LISTEN + one claim + one POST",
	configuration: "LISTEN, one UPDATE … SKIP LOCKED … RETURNING, one undici Pool.request; nothing is recorded",
	expected: { at0ms: 1_000, at50ms: 20 },
	command: (assignment) => peerCommand("bare-listen.ts", assignment),
};
