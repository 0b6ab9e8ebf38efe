import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ClaimRequest, claim } from "../../src/store/claim.ts";
import { type Database, openDatabase } from "../../src/store/database.ts";
import { registerRelay } from "../../src/store/relays.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";

let database: TestDatabase;
let db: Database;
let relayNo: number;

beforeAll(async () => {
	database = await createTestDatabase();
	// One connection, so that what happens to its session happens to the next statement.
	db = openDatabase({ url: database.url, applicationName: "test", maxConnections: 1 });
	relayNo = await registerRelay(db, { name: "relay", version: "0", concurrency: 1 });
});
afterAll(async () => {
	await db.end();
	await database.drop();
});

async function claimNext(from: Database): Promise<string[]> {
	await database.query("INSERT INTO reward_outbox.outbox (trigger_id, user_id) VALUES ('t', 'u')");
	const request: ClaimRequest = {
		relayNo,
		headLease: randomUUID(),
		dueLease: randomUUID(),
		leaseMs: 60_000,
		limit: 10,
		lookForDue: false,
		heldBack: [],
		probing: [],
		known: null,
	};
	return (await claim(from, request)).events.map((event) => event.triggerId);
}

async function preparedStatements(of: Database): Promise<number> {
	const { rows } = await of.query(
		"SELECT count(*)::integer AS n FROM pg_prepared_statements WHERE name LIKE 'reward_outbox_%'",
	);
	return rows[0].n;
}

test("a claim is prepared once in its session", async () => {
	await claimNext(db);
	await claimNext(db);
	expect(await preparedStatements(db)).toBe(1);
});

test("a session that has forgotten the statement, as behind a transaction pooler, claims all the same and goes on without", async () => {
	await db.query("DEALLOCATE ALL");
	expect(await claimNext(db)).toEqual(["t"]);
	expect(await claimNext(db)).toEqual(["t"]);
	expect(await preparedStatements(db)).toBe(0);
});

test("a session in which somebody else has prepared that name claims all the same", async () => {
	const [first, second] = [1, 2].map(() =>
		openDatabase({ url: database.url, applicationName: "test", maxConnections: 1 }),
	) as [Database, Database];
	try {
		await claimNext(first);
		const { rows } = await first.query("SELECT name FROM pg_prepared_statements WHERE name LIKE 'reward_outbox_%'");
		await second.query(`PREPARE ${rows[0].name} AS SELECT 1`);
		expect(await claimNext(second)).toEqual(["t"]);
	} finally {
		await Promise.all([first.end(), second.end()]);
	}
});

test("behind what says it is PgBouncer nothing is prepared", async () => {
	const pool = openDatabase({ url: `${database.url}?pgbouncer=true`, applicationName: "test", maxConnections: 1 });
	try {
		expect(await claimNext(pool)).toEqual(["t"]);
		expect(await preparedStatements(pool)).toBe(0);
	} finally {
		await pool.end();
	}
});
