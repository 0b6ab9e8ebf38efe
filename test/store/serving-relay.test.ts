import type pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { checkIn, servingRelay } from "../../src/store/relays.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { someRelay } from "./events.ts";

/** Of no session: process ids are smaller. */
const GONE = 2 ** 30;
const NAMES = Array.from({ length: 8 }, (_, n) => `host-${n}`);

let database: TestDatabase;
/** A session that is there. */
let session: pg.PoolClient;

beforeEach(async () => {
	database = await createTestDatabase();
	session = await database.pool.connect();
});
afterEach(async () => {
	session.release();
	await database.drop();
});

/** A relay that is at work. */
async function atWork(name: string, sessionId: number | null = null): Promise<number> {
	const relayNo = await someRelay(database, name);
	const own = sessionId ?? ((await session.query("SELECT pg_backend_pid() AS id")).rows[0].id as number);
	await checkIn(database.pool, {
		relayNo,
		sessionId: own,
		wakeMode: "listening",
		able: true,
		working: true,
		lockSessionId: null,
	});
	return relayNo;
}

function change(relayNo: number, change: string): Promise<unknown> {
	return database.query(`UPDATE reward_outbox.relays SET ${change} WHERE relay_no = $1`, [relayNo]);
}

/** Whom the relay of this name finds serving. */
function found(name: string): Promise<string> {
	return servingRelay(database.pool, name);
}

test("who finds nobody at work serves", async () => {
	expect(await found("host-0")).toBe("host-0");
});

test("all who are at work find the same one, and who is not among them gives way or takes over by the same rule", async () => {
	for (const name of NAMES) await atWork(name);
	const answers = await Promise.all(NAMES.map(found));
	expect(new Set(answers).size).toBe(1);
	const [serving = ""] = answers;
	expect(NAMES).toContain(serving);
	const stranger = await found("somebody-else");
	expect([serving, "somebody-else"]).toContain(stranger);
});

test("another installation is served by another one: the databases are spread over all", async () => {
	for (const name of NAMES) await atWork(name);
	const seen = new Set<string>();
	for (let n = 0; n < 60; n++) {
		await database.query("UPDATE reward_outbox.installation SET installation_id = gen_random_uuid()");
		seen.add(await found("host-0"));
	}
	expect(seen.size).toBeGreaterThan(4);
});

test.each([
	["has stopped", "stopped_at = clock_timestamp()"],
	["has not been heard of", "checked_in_at = clock_timestamp() - interval '1 minute'"],
	["has lost its session", `session_id = ${GONE}`],
	["has a key that was refused", "paused_code = 'key_refused'"],
])("a relay that %s is not counted on", async (_, changed) => {
	const [serving, asking] = await inOrder();
	const relayNo = await atWork(serving);
	expect(await found(asking)).toBe(serving);
	await change(relayNo, changed);
	expect(await found(asking)).toBe(asking);
});

test("one that polls, and so has no session of its own, is counted on while it is heard of", async () => {
	const [serving, asking] = await inOrder();
	const relayNo = await atWork(serving);
	await change(relayNo, "session_id = NULL");
	expect(await found(asking)).toBe(serving);
});

/** Two names, the one that is to serve first. */
async function inOrder(): Promise<[string, string]> {
	const relayNo = await atWork("one");
	const serving = await found("other");
	await change(relayNo, "stopped_at = clock_timestamp()");
	return serving === "one" ? ["one", "other"] : ["other", "one"];
}
