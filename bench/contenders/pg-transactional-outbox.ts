import { DatabaseSetup } from "pg-transactional-outbox";
import { type Contender, execute, peerCommand } from "./contender.ts";

const SETUP = {
	outboxOrInbox: "outbox",
	database: "",
	schema: "public",
	table: "outbox",
	listenerRole: "CURRENT_USER",
	publication: "bench_publication",
	replicationSlot: "",
	nextMessagesName: "next_outbox_messages",
} as const;

const COLUMNS = "id, aggregate_type, aggregate_id, message_type, segment, payload, metadata, concurrency";
const ROW = `gen_random_uuid(), 'trigger', 'bench', 'event', NULL, jsonb_build_object('trigger', 'bench', 'user', USER, 'payload', '{"value": 19.99}'::jsonb), NULL, 'parallel'`;

const common = {
	async fill(client, events) {
		await client.query(
			`INSERT INTO outbox (${COLUMNS}) SELECT ${ROW.replace("USER", "'u' || n")} FROM generate_series(0, $1 - 1) n`,
			[events],
		);
	},
	insertion: {
		kind: "sql",
		text: `INSERT INTO outbox (${COLUMNS}) VALUES (${ROW.replace("USER", "$1::text")}) ON CONFLICT (id) DO NOTHING`,
	},
	finishedSql: "SELECT NOT EXISTS (SELECT FROM outbox WHERE processed_at IS NULL) AS finished",
	recordedSql: "SELECT count(*)::integer AS recorded FROM outbox WHERE processed_at IS NOT NULL",
} satisfies Partial<Contender>;

export const transactionalOutboxReplication: Contender = {
	...common,
	id: "pgto-replication",
	name: "pg-transactional-outbox, replication",
	configuration: "logical replication, 64 in parallel, attempt and poison protection off, undici Pool.request",
	expected: { at0ms: 1_500, at50ms: 1_000 },
	needs: "logical replication",
	async prepare(databaseUrl) {
		await execute(databaseUrl, DatabaseSetup.dropAndCreateTable(SETUP));
		await execute(databaseUrl, `CREATE PUBLICATION ${SETUP.publication} FOR TABLE outbox WITH (publish = 'insert')`);
	},
	async afterCreate(databaseUrl, name) {
		await execute(databaseUrl, `SELECT pg_create_logical_replication_slot('${name}', 'pgoutput')`);
	},
	async beforeDrop(client, name) {
		await client.query(
			`SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots WHERE slot_name = '${name}' AND active_pid IS NOT NULL`,
		);
		await client.query(`SELECT pg_drop_replication_slot('${name}')`);
	},
	command: (assignment) => peerCommand("pgto-replication.ts", assignment),
};

export const transactionalOutboxPolling: Contender = {
	...common,
	id: "pgto-polling",
	name: "pg-transactional-outbox, polling",
	configuration:
		"polling every 25 ms, batches of up to 64 in parallel, locks of 1 s, attempt and poison protection off, undici Pool.request",
	expected: { at0ms: 700, at50ms: 500 },
	async prepare(databaseUrl) {
		await execute(databaseUrl, DatabaseSetup.dropAndCreateTable(SETUP));
		await execute(databaseUrl, DatabaseSetup.createPollingFunction(SETUP));
		await execute(databaseUrl, DatabaseSetup.setupPollingIndexes(SETUP));
	},
	command: (assignment) => peerCommand("pgto-polling.ts", assignment),
};
