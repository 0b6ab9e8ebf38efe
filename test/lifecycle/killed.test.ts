import { describe, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { hang, type ScriptedReward, startScriptedReward, success } from "../support/scripted-reward.ts";
import { untilClaimedAhead } from "./claimed-ahead.ts";
import { emitEvents, openSession, readValue, until, untilBlocked, untilDrained } from "./facts.ts";
import { checkInvariants } from "./invariants.ts";
import { AFTER_LEASE_MS, SHORT_LEASE, startListeningRelay } from "./relay-process.ts";

const TIMEOUT_MS = 120_000;
const VICTIM = { ...SHORT_LEASE, REWARD_OUTBOX_CONCURRENCY: "4" };
type Mode = "at_least_once" | "at_most_once";
const MODES: readonly Mode[] = ["at_least_once", "at_most_once"];

async function databaseInMode(mode: Mode): Promise<TestDatabase> {
	const database = await createTestDatabase();
	await database.query("SELECT reward_outbox.set_trigger('paid', $1)", [{ mode }]);
	return database;
}

/** Another relay takes over; everything that the dead one may have sent ends as its mode demands. */
async function recover(database: TestDatabase, reward: ScriptedReward) {
	reward.respond(success());
	await using _next = await startListeningRelay({ databaseUrl: database.url, reward });
	await untilDrained(database, AFTER_LEASE_MS);
	const { violations, byStatus, duplicates } = await checkInvariants(database, reward);
	expect(violations).toEqual([]);
	expect(duplicates.unexplained).toBe(0);
	const written = "SELECT count(*)::integer FROM reward_outbox.attempts WHERE error_code = 'lease_expired'";
	return { byStatus, explained: duplicates.explained, writtenOff: await readValue<number>(database, written) };
}

describe.concurrent("a relay killed", () => {
	test.for(MODES)("between claim and first byte: %s", { timeout: TIMEOUT_MS }, async (mode) => {
		await using database = await databaseInMode(mode);
		await using reward = await startScriptedReward();
		await using relay = await startListeningRelay({ databaseUrl: database.url, reward, env: VICTIM });
		const { gate, events } = await untilClaimedAhead(database, reward, 4);
		await relay.end("SIGKILL");
		const requests = reward.requests.length;
		const held = new Set(gate.held.map((request) => request.idempotencyKey));

		const { byStatus, explained, writtenOff } = await recover(database, reward);
		// What the requests in flight did is unknown to the database; here they did nothing.
		expect(explained).toBe(0);
		expect(writtenOff).toBeGreaterThan(held.size);
		if (mode === "at_least_once") {
			expect(byStatus).toEqual({ delivered: events });
			expect(reward.requests.length).toBe(events + held.size);
		} else {
			expect(byStatus["uncertain"]).toBe(writtenOff);
			expect(reward.requests.length - requests).toBe((byStatus["delivered"] ?? 0) - (requests - held.size));
		}
	});

	test.for(MODES)("during a request that Reward applies: %s", { timeout: TIMEOUT_MS }, async (mode) => {
		await using database = await databaseInMode(mode);
		await using reward = await startScriptedReward({ script: hang(true) });
		await using relay = await startListeningRelay({ databaseUrl: database.url, reward, env: VICTIM });
		await emitEvents(database.pool, 4);
		await reward.waitFor(({ applied }) => applied.length === 4);
		await relay.end("SIGKILL");
		const { byStatus, explained, writtenOff } = await recover(database, reward);
		expect(writtenOff).toBe(4);
		expect({ byStatus, explained }).toEqual(
			mode === "at_least_once"
				? { byStatus: { delivered: 4 }, explained: 4 }
				: { byStatus: { uncertain: 4 }, explained: 0 },
		);
	});

	test.for(MODES)("between response and record: %s", { timeout: TIMEOUT_MS }, async (mode) => {
		await using database = await databaseInMode(mode);
		await using reward = await startScriptedReward();
		await using blocker = await openSession(database.url);
		await using relay = await startListeningRelay({ databaseUrl: database.url, reward, env: VICTIM });
		await blocker.query("BEGIN");
		await blocker.query("LOCK TABLE reward_outbox.attempt_log IN SHARE MODE");
		await emitEvents(database.pool, 4);
		const backend = await untilBlocked(database, "settle_accepted");
		await until("Reward has answered all", () => reward.applied.length === 4);
		await relay.end("SIGKILL");
		// The session would go on without its client, and record what it was asked to.
		await database.query("SELECT pg_terminate_backend($1, 5000)", [backend]);
		await blocker.query("ROLLBACK");
		const { byStatus, explained, writtenOff } = await recover(database, reward);
		expect(writtenOff).toBe(4);
		expect({ byStatus, explained }).toEqual(
			mode === "at_least_once"
				? { byStatus: { delivered: 4 }, explained: 4 }
				: { byStatus: { uncertain: 4 }, explained: 0 },
		);
	});

	test("while its result is being recorded: the COMMIT counts although nobody hears of it", {
		timeout: TIMEOUT_MS,
	}, async () => {
		await using database = await createTestDatabase();
		await using reward = await startScriptedReward();
		await using blocker = await openSession(database.url);
		await using relay = await startListeningRelay({ databaseUrl: database.url, reward, env: VICTIM });
		await blocker.query("BEGIN");
		await blocker.query("LOCK TABLE reward_outbox.attempt_log IN SHARE MODE");
		await emitEvents(database.pool, 1);
		await untilBlocked(database, "settle_accepted");
		await relay.end("SIGKILL");
		await blocker.query("ROLLBACK");
		expect(await recover(database, reward)).toEqual({ byStatus: { delivered: 1 }, explained: 0, writtenOff: 0 });
	});

	test("while its claim is being made: nothing was sent, and nothing is lost", { timeout: TIMEOUT_MS }, async () => {
		await using database = await createTestDatabase();
		await using reward = await startScriptedReward();
		await using blocker = await openSession(database.url);
		await using relay = await startListeningRelay({ databaseUrl: database.url, reward, env: VICTIM });
		await blocker.query("SELECT pg_advisory_lock(1380929362, 2)");
		await emitEvents(database.pool, 4);
		await untilBlocked(database, "claim");
		await relay.end("SIGKILL");
		// The claim is made after its relay's death: a record of intent that nobody carries out.
		await blocker.query("SELECT pg_advisory_unlock(1380929362, 2)");
		expect(await recover(database, reward)).toMatchObject({ byStatus: { delivered: 4 }, explained: 0 });
		expect(reward.requests.length).toBe(4);
	});
});

describe("the mark of a relay that is awake", () => {
	const MARK = `SELECT count(*)::integer FROM pg_locks WHERE locktype = 'advisory' AND classid = 1380929362 AND objid = 1 AND granted
	              AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

	test("goes when the relay is killed, and another one delivers", { timeout: TIMEOUT_MS }, async () => {
		await using database = await createTestDatabase();
		await using reward = await startScriptedReward();
		const env = { ...SHORT_LEASE, REWARD_OUTBOX_POLL_INTERVAL_MS: "60000" };
		await using awake = await startListeningRelay({ databaseUrl: database.url, reward, env });
		await until("the relay is awake", async () => {
			await emitEvents(database.pool, 50);
			return (await readValue<number>(database, MARK)) === 1;
		});
		await using next = await startListeningRelay({ databaseUrl: database.url, reward, env });
		await awake.end("SIGKILL");
		await until("the mark is gone", async () => (await readValue<number>(database, MARK)) === 0, 2_000);
		// Somebody has to ring now, for nobody polls within the time of this test.
		const [id = ""] = await emitEvents(database.pool, 1);
		await reward.waitFor(({ applications }) => applications.has(id), 2_000);
		expect(next.isRunning).toBe(true);
		await untilDrained(database, AFTER_LEASE_MS);
		expect((await checkInvariants(database, reward)).violations).toEqual([]);
	});
});
