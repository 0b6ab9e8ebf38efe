import pg from "pg";
import { HOSTILE_SETTINGS } from "../../support/hostile-settings.ts";
import type { Chance } from "../chance.ts";
import { RELAY_ROLE, type Stage } from "../stage.ts";
import type { Fault } from "./fault.ts";
import { terminateSessionsOfRelays } from "./sessions.ts";

const TABLES = ["outbox", "claims", "attempt_log", "event_states", "triggers", "relays", "head", "claim_turn"] as const;
const MODES = ["SHARE", "EXCLUSIVE", "ACCESS EXCLUSIVE"] as const;
/** What depends on names that this database does not have. */
const LEFT_OUT = new Set(["search_path"]);

export const ADMINISTRATOR_FAULTS: readonly Fault[] = [
	{
		name: "a table is locked by somebody",
		weight: 3,
		mayCoincide: true,
		hitsWriters: false,
		strike: async (stage, chance) => {
			const [table, mode] = [chance.one(TABLES), chance.one(MODES)];
			await holding(stage, `LOCK TABLE reward_outbox.${table} IN ${mode} MODE`, chance.between(200, 3_000));
			return { note: `${table}, ${mode}` };
		},
	},
	{
		name: "a table is rewritten (VACUUM FULL)",
		weight: 1,
		mayCoincide: true,
		hitsWriters: false,
		strike: async (stage, chance) => {
			await stage.pool.query(`VACUUM FULL reward_outbox.${chance.one(["claims", "event_states", "head", "relays"])}`);
			return undefined;
		},
	},
	{
		name: "a snapshot is held open",
		weight: 1,
		mayCoincide: true,
		hitsWriters: false,
		strike: async (stage, chance) => {
			const look = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT FROM reward_outbox.outbox LIMIT 1";
			await holding(stage, look, chance.between(500, 5_000));
			return undefined;
		},
	},
	{
		name: "time limits are set for the relays' role",
		weight: 2,
		mayCoincide: true,
		hitsWriters: false,
		strike: async (stage, chance) => {
			const names = [
				"statement_timeout",
				"lock_timeout",
				"idle_in_transaction_session_timeout",
				"idle_session_timeout",
			];
			const settings: [string, string][] = names.map((name) => [name, `${chance.below(300) + 20}`]);
			await whileSet(stage, settings, chance.between(500, 3_000));
			return undefined;
		},
	},
	{
		name: "settings that break careless statements are set for the relays' role",
		weight: 2,
		mayCoincide: true,
		hitsWriters: false,
		strike: async (stage, chance) => {
			const settings = drawn(chance, 8);
			await whileSet(stage, settings, chance.between(500, 3_000));
			return { note: settings.map(([name]) => name).join(", ") };
		},
	},
	{
		name: "the relays' role may have two connections",
		weight: 1,
		mayCoincide: true,
		hitsWriters: false,
		strike: async (stage, chance) => {
			await stage.pool.query(`ALTER ROLE ${RELAY_ROLE} CONNECTION LIMIT 2`);
			await terminateSessionsOfRelays(stage);
			await stage.wait(chance.between(500, 4_000));
			await stage.pool.query(`ALTER ROLE ${RELAY_ROLE} CONNECTION LIMIT -1`);
			return undefined;
		},
	},
	{
		name: "the pooler is killed and comes back",
		weight: 1,
		mayCoincide: true,
		hitsWriters: false,
		strike: async (stage, chance) => {
			const downMs = chance.between(50, 2_000);
			if (stage.pooler === null) return { skipped: "PgBouncer is not installed" };
			await stage.pooler[Symbol.asyncDispose]();
			await stage.wait(downMs);
			await stage.startPooler();
			return undefined;
		},
	},
];

/** In a transaction of somebody else, for so long. */
async function holding(stage: Stage, statement: string, ms: number): Promise<void> {
	const client = new pg.Client({ connectionString: stage.url, application_name: "administrator" });
	client.on("error", () => {});
	await client.connect();
	try {
		await client.query("BEGIN");
		await client.query(statement);
		await stage.wait(ms);
	} finally {
		await client.end();
	}
}

function drawn(chance: Chance, count: number): [string, string][] {
	const left = Object.entries(HOSTILE_SETTINGS).filter(([name]) => !LEFT_OUT.has(name));
	return Array.from({ length: count }, () => left.splice(chance.below(left.length), 1)[0] as [string, string]);
}

/** Sessions begin with it, and end with it: old ones are ended both times. */
async function whileSet(stage: Stage, settings: readonly (readonly [string, string])[], ms: number): Promise<void> {
	const { rows } = await stage.pool.query<{ name: string }>("SELECT name FROM pg_settings");
	const known = new Set(rows.map(({ name }) => name.toLowerCase()));
	for (const [name, value] of settings)
		if (name.includes(".") || known.has(name.toLowerCase()))
			await stage.pool.query(`ALTER ROLE ${RELAY_ROLE} SET ${name} = ${value}`);
	await terminateSessionsOfRelays(stage);
	await stage.wait(ms);
	await stage.pool.query(`ALTER ROLE ${RELAY_ROLE} RESET ALL`);
	await terminateSessionsOfRelays(stage);
}
