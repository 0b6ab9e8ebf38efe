import { migrateToLatest } from "../../src/store/migrate.ts";
import { builtCli } from "../environment/built-relay.ts";
import { type Contender, execute } from "./contender.ts";

/** What the relay does with no setting at all. */
const DEFAULT_CONCURRENCY = 64;
export const ADMIN_TOKEN = "bench-admin-token-bench-admin-token";

export const ours: Contender = {
	id: "ours",
	name: "reward-outbox",
	configuration:
		"the command line as published (compiled; `relay`), defaults, LOG_LEVEL=warn; an attempt record for every event",
	expected: { at0ms: 14_000, at50ms: 1_200 },
	prepare: async (databaseUrl) => void (await migrateToLatest(databaseUrl)),
	// A copied database is not the one whose events were being sent, until somebody says so: while it is empty, a relay
	// may.
	afterCreate: (databaseUrl) => execute(databaseUrl, "SELECT reward_outbox.adopt_unused('bench')"),
	async fill(client, events) {
		await client.query(
			`INSERT INTO reward_outbox.outbox (trigger_id, user_id, payload) SELECT 'bench', 'u' || n, '{"value": 19.99}' FROM generate_series(0, $1 - 1) n`,
			[events],
		);
	},
	insertion: {
		kind: "sql",
		text: `INSERT INTO reward_outbox.outbox (trigger_id, user_id, payload) VALUES ('bench', $1, '{"value": 19.99}')`,
	},
	finishedSql: "SELECT NOT EXISTS (SELECT FROM reward_outbox.claims) AS finished",
	recordedSql: "SELECT count(*)::integer AS recorded FROM reward_outbox.attempt_log WHERE outcome = 'accepted'",
	command: ({ databaseUrl, sinkUrl, concurrency }) => oursCommand(databaseUrl, sinkUrl, concurrency, 0),
};

/** What the record's chain costs is the difference. */
export const oursUnchained: Contender = {
	...ours,
	id: "ours-unchained",
	name: "reward-outbox, audit off",
	configuration: "the same after `audit off`: attempts are recorded, and not chained",
	async afterCreate(databaseUrl, databaseName) {
		await ours.afterCreate?.(databaseUrl, databaseName);
		await execute(databaseUrl, "SELECT reward_outbox.set_chain(false, 'bench')");
	},
};

/** @param port of health and metrics; 0: any */
export function oursCommand(databaseUrl: string, sinkUrl: string, concurrency: number, port: number) {
	return {
		script: builtCli(),
		arguments: ["relay"],
		env: {
			DATABASE_URL: databaseUrl,
			REWARD_API_URL: sinkUrl,
			REWARD_API_KEY: "sk_test_bench",
			REWARD_OUTBOX_HTTP_ADDR: `127.0.0.1:${port}`,
			REWARD_OUTBOX_ADMIN_TOKEN: ADMIN_TOKEN,
			LOG_LEVEL: "warn",
			...(concurrency === DEFAULT_CONCURRENCY ? {} : { REWARD_OUTBOX_CONCURRENCY: String(concurrency) }),
		},
	};
}
