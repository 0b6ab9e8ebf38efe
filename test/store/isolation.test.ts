import { randomInt, randomUUID } from "node:crypto";
import pg from "pg";
import { describe, expect, test } from "vitest";
import { type ClaimRequest, claim } from "../../src/store/claim.ts";
import { type Database, openDatabase } from "../../src/store/database.ts";
import { settleAccepted } from "../../src/store/settle.ts";
import { relayDatabase, startRelay, untilAll } from "../relay/running.ts";
import { createTestDatabase, queryAsAdmin, type TestDatabase } from "../support/database.ts";
import { startPoolerLike } from "../support/pooler-like.ts";
import { startScriptedReward } from "../support/scripted-reward.ts";
import { insert, settlement } from "./events.ts";

const LEVELS = ["read uncommitted", "read committed", "repeatable read", "serializable"];
const REFUSED = ["repeatable read", "serializable"];

async function databaseAt(level: string): Promise<TestDatabase> {
	const database = await relayDatabase();
	await queryAsAdmin(`ALTER DATABASE ${database.name} SET default_transaction_isolation = '${level}'`);
	return database;
}

function request(limit: number): ClaimRequest {
	return {
		relayNo: 0,
		headLease: randomUUID(),
		dueLease: randomUUID(),
		leaseMs: 60_000,
		limit,
		lookForDue: true,
		heldBack: [],
		probing: [],
		known: null,
	};
}

/** Writers and claimers side by side; returns what was written and what was claimed. */
async function writeAndClaim(database: TestDatabase, stores: readonly Database[]) {
	const written: string[] = [];
	const claimed: string[] = [];
	let writing = true;
	const writer = async () => {
		for (let n = 0; n < 40; n++) written.push(...(await insert(database.pool, {}, randomInt(1, 8))));
	};
	const claimer = async (db: Database) => {
		for (let idle = 0; writing || idle < 3; ) {
			const { events, more } = await claim(db, request(randomInt(1, 40)));
			claimed.push(...events.map(({ eventId }) => eventId));
			idle = events.length === 0 && !more ? idle + 1 : 0;
		}
	};
	const claimers = stores.map(claimer);
	await Promise.all(Array.from({ length: 4 }, writer));
	writing = false;
	await Promise.all(claimers);
	return { written, claimed };
}

describe.each(LEVELS)("where transactions begin as %s", (level) => {
	test.each(["", "?pgbouncer=true"])("several claimers lease every event exactly once (%s)", async (parameters) => {
		await using database = await databaseAt(level);
		const url = `${database.url}${parameters}`;
		const stores = [1, 2, 3].map(() => openDatabase({ url, applicationName: "test", maxConnections: 1 }));
		try {
			const { written, claimed } = await writeAndClaim(database, stores);
			expect(claimed.toSorted()).toEqual(written.toSorted());
		} finally {
			await Promise.all(stores.map((db) => db.end()));
		}
	});
});

describe.each(REFUSED)("a transaction that is %s", (level) => {
	test.each([
		["claim", "SELECT reward_outbox.claim(0, gen_random_uuid(), gen_random_uuid(), 1000, 1, true, '{}', '{}')"],
		["give_back", "SELECT reward_outbox.give_back(gen_random_uuid())"],
		["expired_leases", "SELECT reward_outbox.expired_leases(10)"],
		["retry_events", "SELECT reward_outbox.retry_events('{}')"],
		["cancel_events", "SELECT reward_outbox.cancel_events('{}')"],
		["prune", "SELECT reward_outbox.prune(now(), NULL, 1)"],
	])("is told so by %s, with what to type", async (_name, statement) => {
		await using database = await createTestDatabase();
		const client = new pg.Client({ connectionString: database.url });
		await client.connect();
		try {
			await client.query(`BEGIN ISOLATION LEVEL ${level}`);
			await expect(client.query(statement)).rejects.toMatchObject({
				code: "25008",
				message: expect.stringContaining(level.toUpperCase()),
				hint: expect.stringContaining("READ COMMITTED"),
			});
		} finally {
			await client.end();
		}
	});

	test("settling there is refused as well, and recorded in one that is begun for it", async () => {
		await using database = await databaseAt(level);
		const db = openDatabase({ url: `${database.url}?pgbouncer=true`, applicationName: "test", maxConnections: 1 });
		try {
			await insert(database.pool);
			const { events } = await claim(db, request(1));
			const accepted = {
				class: "accepted",
				httpStatus: 200,
				errorCode: null,
				errorMessage: null,
				responseBody: null,
			} as const;
			const batch = events.map((event) => settlement(event, accepted, { next: "delivered" }));
			await settleAccepted(db, 0, batch, []);
			const { rows } = await database.query("SELECT status FROM reward_outbox.events");
			expect(rows).toEqual([{ status: "delivered" }]);
		} finally {
			await db.end();
		}
	});
});

test("serializable transactions of the application never fail because relays are at work", async () => {
	await using database = await databaseAt("serializable");
	await using reward = await startScriptedReward();
	await using _first = await startRelay(database, reward, { pollIntervalMs: 100 });
	await using _second = await startRelay(database, reward, { pollIntervalMs: 100 });
	const perWriter = 60;
	const writer = async (id: number) => {
		// Writers that share a table may make each other fail, which is the application's own affair.
		await database.query(`CREATE TABLE account_${id} AS SELECT ${id} AS id, 0 AS balance`);
		for (let n = 0; n < perWriter; n++) {
			await database.query(
				`WITH booked AS (UPDATE account_${id} SET balance = balance + 1 RETURNING id)
				 SELECT reward_outbox.emit('payment', id::text, idempotency_key => id || '-' || $1) FROM booked`,
				[String(n)],
			);
		}
	};
	await Promise.all([1, 2, 3, 4].map(writer));
	await untilAll(database, { delivered: 4 * perWriter });
	expect(reward.duplicates).toBe(0);
});

test("a pooler is found out although nothing says that there is one, and nobody else's session is changed", async () => {
	await using database = await createTestDatabase();
	await using pooler = await startPoolerLike(database.url);
	const settings = async (url: string) => {
		const db = openDatabase({ url, applicationName: "test", maxConnections: 1, statementTimeoutMs: 7_000 });
		let session: Record<string, string> = {};
		try {
			const client = await db.connect();
			const { rows } = await client.query(
				"SELECT current_setting('statement_timeout') AS timeout, current_setting('jit') AS jit, current_setting('tcp_keepalives_idle') AS idle",
			);
			session = rows[0];
			client.release();
			const { rows: inside } = await db.query(
				"SELECT current_setting('statement_timeout') AS timeout, current_setting('jit') AS jit",
			);
			return { session, inside: inside[0] };
		} finally {
			await db.end();
		}
	};
	const { rows } = await database.query(
		"SELECT current_setting('statement_timeout') AS timeout, current_setting('jit') AS jit, current_setting('tcp_keepalives_idle') AS idle",
	);
	const ours = { timeout: "7s", jit: "off" };
	expect(await settings(pooler.url)).toEqual({ session: rows[0], inside: ours });
	expect(await settings(database.url)).toEqual({
		session: { ...ours, idle: expect.stringMatching(/^\d{1,2}$/) },
		inside: ours,
	});
});
