import { type Contender, execute, peerCommand } from "./contender.ts";

const SCHEMA = `CREATE TABLE plain_outbox (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, trigger_id text NOT NULL, user_id text NOT NULL, payload jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
)`;

const nothing = {
	prepare: (databaseUrl) => execute(databaseUrl, SCHEMA),
	fill: async () => {},
	insertion: {
		kind: "sql",
		text: `INSERT INTO plain_outbox (trigger_id, user_id, payload) VALUES ('bench', $1, '{"value": 19.99}')`,
	},
	finishedSql: "SELECT true AS finished",
	recordedSql: "SELECT 0 AS recorded",
} satisfies Partial<Contender>;

/** A table that nobody reads: what the insert costs the application without any outbox machinery. */
export const plain: Contender = {
	...nothing,
	id: "plain",
	name: "plain table, no relay",
	configuration: "INSERT into a table without triggers, nothing delivers",
	expected: { at0ms: 0, at50ms: 0 },
	command: () => null,
};

/** No database at all: what one process can send. */
export const bareUndici: Contender = {
	...nothing,
	id: "bare-undici",
	name: "bare undici Pool.request",
	configuration: "the same requests in a loop, no database: the limit of one process",
	expected: { at0ms: 24_000, at50ms: 1_200 },
	command: (assignment) => peerCommand("bare-undici.ts", assignment),
};
