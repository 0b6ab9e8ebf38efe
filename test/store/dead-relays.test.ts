import type pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { SEND_WITHIN_MS } from "../../src/relay/presence.ts";
import { checkIn } from "../../src/store/relays.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { claimOnce, insertOne, someRelay } from "./events.ts";

/** Of no session: process ids are smaller. */
const GONE = 2 ** 30;

let database: TestDatabase;
let judge: number;
let other: number;
/** A session that is there. */
let session: pg.PoolClient;

beforeEach(async () => {
	database = await createTestDatabase();
	session = await database.pool.connect();
	judge = await someRelay(database, "judge");
	other = await someRelay(database, "other");
	await insertOne(database);
	await claimOnce(database, { relayNo: other });
	await database.query("UPDATE reward_outbox.claims SET claimed_at = claimed_at - interval '5 seconds'");
	await speak(judge, await processId());
	await database.query(
		"UPDATE reward_outbox.relays SET session_since = session_since - interval '1 minute' WHERE relay_no = $1",
		[judge],
	);
});
afterEach(async () => {
	session.release();
	await database.drop();
});

async function processId(): Promise<number> {
	return (await session.query("SELECT pg_backend_pid() AS id")).rows[0].id;
}

function speak(relayNo: number, sessionId: number) {
	return checkIn(database.pool, {
		relayNo,
		sessionId,
		wakeMode: "listening",
		able: true,
		working: true,
		lockSessionId: null,
	});
}

/** The other relay spoke so long ago, from that session. */
async function spoke(msAgo: number, sessionId: number): Promise<void> {
	await speak(other, sessionId);
	await database.query(
		"UPDATE reward_outbox.relays SET checked_in_at = clock_timestamp() - $2 * interval '1 millisecond' WHERE relay_no = $1",
		[other, msAgo],
	);
}

/** Whether the judge finds something to reap, and how many leases are over. */
async function judged(): Promise<[reapable: boolean, ended: number]> {
	const { reapable } = await speak(judge, await processId());
	const { rows } = await database.query(
		"SELECT count(*)::int AS n FROM reward_outbox.claims WHERE expires_at < clock_timestamp()",
	);
	return [reapable, rows[0]?.["n"]];
}

test("a relay whose session is gone and which is silent is taken for dead, and its leases end at once", async () => {
	await spoke(3_000, GONE);
	expect(await judged()).toEqual([true, 1]);
});

test("one that is silent while its session is there is not: it may only stand still", async () => {
	await spoke(60_000, await processId());
	expect(await judged()).toEqual([false, 0]);
});

test("nor is one that lost its session and has just spoken: connections break", async () => {
	await spoke(-60_000, GONE);
	expect(await judged()).toEqual([false, 0]);
});

test("nobody is judged by a relay that has just come back itself: after a restart of the server all are gone at once", async () => {
	await spoke(3_000, GONE);
	await database.query(
		"UPDATE reward_outbox.relays SET session_since = clock_timestamp() + interval '1 minute' WHERE relay_no = $1",
		[judge],
	);
	expect(await judged()).toEqual([false, 0]);
});

test("what it claimed a moment ago is left to its lease", async () => {
	await insertOne(database);
	const { headLease } = await claimOnce(database, { relayNo: other });
	await database.query(
		"UPDATE reward_outbox.claims SET claimed_at = claimed_at + interval '1 minute' WHERE lease_id = $1",
		[headLease],
	);
	await spoke(3_000, GONE);
	expect(await judged()).toEqual([true, 1]);
});

test("a process of a server that was restarted does not keep it alive by having the same number", async () => {
	await spoke(3_000, await processId());
	await database.query(
		"UPDATE reward_outbox.relays SET server_started_at = server_started_at - interval '1 hour' WHERE relay_no = $1",
		[other],
	);
	expect(await judged()).toEqual([true, 1]);
});

test("leases of relays that live are left alone", async () => {
	await spoke(3_000, GONE);
	await insertOne(database);
	await claimOnce(database, { relayNo: judge });
	await database.query("UPDATE reward_outbox.claims SET claimed_at = claimed_at - interval '5 seconds'");
	expect(await judged()).toEqual([true, 1]);
});

test("a relay stops sending before the others may take it for dead", async () => {
	const { rows } = await database.query("SELECT pg_get_functiondef('reward_outbox.dead_relays'::regproc) AS text");
	const [, seconds] = /clock_timestamp\(\) - interval '([0-9.]+) seconds'/.exec(rows[0]?.["text"]) ?? [];
	expect(SEND_WITHIN_MS + 250).toBeLessThan(Number(seconds) * 1000);
});
