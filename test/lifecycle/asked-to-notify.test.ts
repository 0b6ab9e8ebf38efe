import { expect, test } from "vitest";
import { WAKE_LOCK } from "../../src/store/wake-lock.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { startScriptedReward } from "../support/scripted-reward.ts";
import { emitEvents, readValue, until, untilDrained } from "./facts.ts";
import { startListeningRelay } from "./relay-process.ts";

const TIMEOUT_MS = 90_000;

/** Whether a writer that begins now would have to notify. */
async function isAsked(database: TestDatabase): Promise<boolean> {
	const free = await readValue<boolean>(database, `SELECT pg_try_advisory_xact_lock_shared(${WAKE_LOCK})`);
	return !free;
}

async function untilAsked(database: TestDatabase): Promise<void> {
	await until("the relay asks to be notified", () => isAsked(database));
}

test("a relay that is frozen while it listens soon has writers notify no longer, and asks again when it goes on", {
	timeout: TIMEOUT_MS,
}, async () => {
	await using database = await createTestDatabase();
	await using reward = await startScriptedReward();
	await using relay = await startListeningRelay({ databaseUrl: database.url, reward });
	await untilAsked(database);
	relay.signal("SIGSTOP");
	await until("nobody is asked", async () => !(await isAsked(database)));
	await emitEvents(database.pool, 3);
	expect(await readValue<boolean>(database, "SELECT bool_and(silent) FROM reward_outbox.outbox")).toBe(true);
	relay.signal("SIGCONT");
	await untilDrained(database);
	await untilAsked(database);
	expect((await relay.end("SIGTERM")).code).toBe(0);
	expect(reward.applied.length).toBe(3);
});

test("events that only wait, because their trigger is paused, do not have their writers notify all the time", {
	timeout: TIMEOUT_MS,
}, async () => {
	await using database = await createTestDatabase();
	await using reward = await startScriptedReward();
	await using relay = await startListeningRelay({ databaseUrl: database.url, reward });
	await database.query("SELECT reward_outbox.pause_trigger('paid', 'a test')");
	await untilAsked(database);
	let writing = true;
	const write = async () => {
		while (writing) await database.query("SELECT reward_outbox.emit('paid', 'u')");
	};
	const writers = [write(), write(), write(), write()];
	await until("it looks by itself", async () => !(await isAsked(database)));
	const before = await readValue<string>(database, "SELECT max(seq) FROM reward_outbox.outbox");
	const later = "SELECT count(*)::integer FROM reward_outbox.outbox WHERE silent AND seq > $1";
	await until("writers are silent", async () => (await readValue<number>(database, later, [before])) > 500);
	writing = false;
	await Promise.all(writers);
	expect(reward.requests.length).toBe(0);
	expect((await relay.end("SIGTERM")).code).toBe(0);
});
