import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { adopt, readAdoption } from "../../src/store/adopt.ts";
import { readOverview } from "../../src/store/inspect/overview.ts";
import { migrateToLatest } from "../../src/store/migrate.ts";
import { relayDatabase, startRelay, until, untilAll } from "../relay/running.ts";
import { createTestDatabase, queryAsAdmin, type TestDatabase } from "../support/database.ts";
import { startScriptedReward } from "../support/scripted-reward.ts";
import { emitEvents } from "./facts.ts";

const DECISION = { cancelBacklog: false, reason: "a test", actor: null };
const TABLES = [
	"installation",
	"outbox",
	"head",
	"relays",
	"relay_proofs",
	"claims",
	"event_states",
	"attempt_log",
	"triggers",
];

/** What pg_dump has of the tables, without the tool: not every machine has one that is as new as the server. */
type Dump = Readonly<Record<string, string>>;

async function dump(database: TestDatabase): Promise<Dump> {
	const tables: Record<string, string> = {};
	for (const table of TABLES) {
		const { rows } = await database.query(
			`SELECT coalesce(json_agg(t), '[]')::text AS rows FROM reward_outbox.${table} t`,
		);
		tables[table] = rows[0]?.["rows"];
	}
	return tables;
}

/** As pg_restore does it: rows that are there already are complained of and stay. */
async function load(database: TestDatabase, tables: Dump): Promise<void> {
	for (const [table, rows] of Object.entries(tables)) {
		await database.query(
			`INSERT INTO reward_outbox.${table} OVERRIDING SYSTEM VALUE
			 SELECT * FROM json_populate_recordset(NULL::reward_outbox.${table}, $1) ON CONFLICT DO NOTHING`,
			[rows],
		);
	}
}

/** As `pg_restore --clean`: the schema is made anew, then filled. */
async function restoreInPlace(database: TestDatabase, tables: Dump): Promise<void> {
	await database.query("DROP SCHEMA reward_outbox CASCADE");
	await migrateToLatest(database.url);
	await database.query("DELETE FROM reward_outbox.installation");
	await load(database, tables);
	const { rows } = await database.query("SELECT epoch FROM reward_outbox.installation");
	await database.query(`ALTER TABLE reward_outbox.outbox ALTER COLUMN epoch SET DEFAULT ${rows[0]?.["epoch"]}`);
}

type Running = Awaited<ReturnType<typeof startRelay>>;

const untilPaused = (relay: Running, code: string) =>
	until(`it is paused with ${code}`, async () => (await relay.health()).paused?.code === code, 30_000);

describe("a dump restored in place", () => {
	test("under a living relay: nothing is sent twice, and it goes on once it is adopted", async () => {
		await using reward = await startScriptedReward();
		await using database = await relayDatabase();
		await emitEvents(database.pool, 20);
		const before = await dump(database);
		await using relay = await startRelay(database, reward);
		await untilAll(database, { delivered: 20 });
		await restoreInPlace(database, before);
		await emitEvents(database.pool, 1);
		await untilPaused(relay, "went_back");
		expect(reward.requests).toHaveLength(20);
		expect(await adopt(database.pool, DECISION)).toBe(1);
		await untilAll(database, { delivered: 21 });
		expect(reward.duplicates).toBe(0);
	}, 60_000);

	test("before a relay starts: it is recognised although everything in it says the same", async () => {
		await using reward = await startScriptedReward();
		await using database = await relayDatabase();
		await emitEvents(database.pool, 3);
		const before = await dump(database);
		await restoreInPlace(database, before);
		await using relay = await startRelay(database, reward);
		await untilPaused(relay, "not_adopted");
		expect((await readAdoption(database.pool)).pending).toBe(3);
		expect(reward.requests).toHaveLength(0);
	}, 60_000);
});

describe("rows alone, loaded into a database with a schema of its own", () => {
	test("are not sent until they are adopted, and count as what they are", async () => {
		await using reward = await startScriptedReward();
		await using production = await relayDatabase();
		await emitEvents(production.pool, 5);
		{
			await using _relay = await startRelay(production, reward);
			await untilAll(production, { delivered: 5 });
		}
		await emitEvents(production.pool, 20);
		await using fresh = await createTestDatabase();
		await fresh.query("DROP SCHEMA reward_outbox CASCADE");
		await migrateToLatest(fresh.url);
		await load(fresh, await dump(production));
		await using relay = await startRelay(fresh, reward);
		await untilPaused(relay, "not_adopted");
		expect(reward.requests).toHaveLength(5);
		expect((await readOverview(fresh.pool)).events).toMatchObject({ pending: 20, delivered: 5, sending: 0 });
		const { verdict, pending } = await readAdoption(fresh.pool);
		expect(verdict).toMatchObject({ kind: "stop", code: "not_adopted" });
		expect(pending).toBe(20);
		expect(await adopt(fresh.pool, DECISION)).toBe(20);
		await untilAll(fresh, { delivered: 25 });
		expect(reward.duplicates).toBe(0);
	}, 60_000);
});

describe("transaction ids that went back", () => {
	/** The outbox was read up to a transaction that this server will not begin for a long time. */
	const IDS_OF_ANOTHER_SERVER = "INSERT INTO reward_outbox.head (read_through) VALUES ('900000001:900000001:')";

	test("under a living relay: it stops with the reason, what is new counts as pending, and is sent once it is adopted", async () => {
		await using reward = await startScriptedReward();
		await using database = await relayDatabase();
		await using relay = await startRelay(database, reward);
		await emitEvents(database.pool, 50);
		await untilAll(database, { delivered: 50 });
		await database.query(IDS_OF_ANOTHER_SERVER);
		await emitEvents(database.pool, 30);
		await untilPaused(relay, "went_back");
		expect((await relay.health()).paused?.reason).toMatch(/transaction ids went back/);
		expect((await readOverview(database.pool)).events).toMatchObject({ delivered: 50, pending: 30, sending: 0 });
		expect((await readAdoption(database.pool)).pending).toBe(30);
		expect(await adopt(database.pool, DECISION)).toBe(30);
		await untilAll(database, { delivered: 80 });
		expect(reward.duplicates).toBe(0);
	}, 60_000);

	test("before a relay starts: it claims nothing", async () => {
		await using reward = await startScriptedReward();
		await using database = await relayDatabase();
		await emitEvents(database.pool, 1);
		await database.query(IDS_OF_ANOTHER_SERVER);
		await using relay = await startRelay(database, reward);
		await untilPaused(relay, "went_back");
		expect(reward.requests).toHaveLength(0);
	}, 60_000);
});

test("where the server hides cluster and log a relay works, and a restored dump is recognised", async () => {
	await using reward = await startScriptedReward();
	await using database = await createTestDatabase();
	const owner = `owner_${database.name.slice(-12)}`;
	await queryAsAdmin(`CREATE ROLE ${owner} NOLOGIN`);
	const hidden = [
		"pg_control_system()",
		"pg_current_wal_lsn()",
		"pg_current_wal_flush_lsn()",
		"pg_walfile_name(pg_lsn)",
	];
	for (const name of hidden) await database.query(`REVOKE EXECUTE ON FUNCTION ${name} FROM PUBLIC`);
	await database.query(
		`DO $$ DECLARE f regprocedure; BEGIN
			FOR f IN SELECT p.oid::regprocedure FROM pg_proc p WHERE p.pronamespace = 'reward_outbox'::regnamespace LOOP
				EXECUTE format('ALTER FUNCTION %s OWNER TO ${owner}', f);
			END LOOP;
		END $$;
		GRANT ALL ON SCHEMA reward_outbox TO ${owner};
		GRANT ALL ON ALL TABLES IN SCHEMA reward_outbox TO ${owner};
		GRANT ALL ON ALL SEQUENCES IN SCHEMA reward_outbox TO ${owner};
		ALTER TABLE reward_outbox.outbox OWNER TO ${owner};`,
	);
	try {
		await adopt(database.pool, DECISION);
		const { rows } = await database.query("SELECT system_identifier, timeline FROM reward_outbox.installation");
		expect(rows).toEqual([{ system_identifier: "hidden", timeline: "hidden" }]);
		{
			await using _relay = await startRelay(database, reward);
			await emitEvents(database.pool, 3);
			await untilAll(database, { delivered: 3 });
		}
		// What loading it from a dump does to the record of which database this is.
		await database.query("CREATE TEMPORARY TABLE kept AS SELECT * FROM reward_outbox.installation");
		await database.query("DELETE FROM reward_outbox.installation");
		await database.query("INSERT INTO reward_outbox.installation SELECT * FROM kept");
		await emitEvents(database.pool, 2);
		await using relay = await startRelay(database, reward);
		await untilPaused(relay, "not_adopted");
		expect(reward.requests).toHaveLength(3);
	} finally {
		await database.drop();
		await queryAsAdmin(`DROP ROLE ${owner}`);
	}
}, 60_000);

describe("what a relay keeps in its state directory", () => {
	test("tells the next relay that the database went back, and a broken file tells nothing", async () => {
		await using reward = await startScriptedReward();
		await using database = await relayDatabase();
		const stateDir = await mkdtemp(join(tmpdir(), "reward-outbox-state-"));
		try {
			await emitEvents(database.pool, 4);
			{
				await using _relay = await startRelay(database, reward, { stateDir });
				await untilAll(database, { delivered: 4 });
				await until("a state is kept", async () => (await readdir(stateDir)).some((name) => name.endsWith(".json")));
			}
			// As in a snapshot from before the relay was first here.
			await database.query("DELETE FROM reward_outbox.relay_proofs");
			await emitEvents(database.pool, 1);
			{
				await using relay = await startRelay(database, reward, { stateDir });
				await untilPaused(relay, "went_back");
			}
			await adopt(database.pool, DECISION);
			for (const name of await readdir(stateDir)) await writeFile(join(stateDir, name), "{");
			await using _relay = await startRelay(database, reward, { stateDir });
			await untilAll(database, { delivered: 5 });
		} finally {
			await rm(stateDir, { recursive: true });
		}
	}, 60_000);
});
