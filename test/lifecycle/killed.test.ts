import { describe, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { hang, type ScriptedReward, startScriptedReward, success } from "../support/scripted-reward.ts";
import { untilClaimedAhead } from "./claimed-ahead.ts";
import { emitEvents, holdClaimTurn, openSession, readValue, until, untilBlocked, untilDrained } from "./facts.ts";
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
	return { byStatus, explained: duplicates.explained, reaped: await readValue<number>(database, written) };
}

describe.concurrent("a relay killed", () => {
	test.for(MODES)("between claim and first byte: %s", { timeout: TIMEOUT_MS }, async (mode) => {
		await using database = await databaseInMode(mode);
		await using reward = await startScriptedReward();
		await using relay = await startListeningRelay({ databaseUrl: database.url, reward, env: VICTIM });
		const { gate, events } = await untilClaimedAhead(database, reward, 4);
		await relay.end("SIGKILL");
		const requests = reward.requests.length;
		const sent = new Set(reward.requests.map((request) => request.idempotencyKey));
		const held = new Set(gate.held.map((request) => request.idempotencyKey));

		const { byStatus, explained, reaped } = await recover(database, reward);
		// What the requests in flight did is unknown to the database; here they did nothing. Of those answered before, the
		// last may not have been on record yet.
		expect(reaped).toBeGreaterThan(held.size);
		if (mode === "at_least_once") {
			expect(byStatus).toEqual({ delivered: events });
			expect(reward.requests.length).toBe(events + held.size + explained);
		} else {
			const again = reward.requests.slice(requests).filter(({ idempotencyKey }) => sent.has(idempotencyKey));
			expect(again).toEqual([]);
			expect(explained).toBe(0);
			expect(byStatus).toEqual({ uncertain: reaped, delivered: events - reaped });
		}
	});

	test.for(MODES)("during a request that Reward applies: %s", { timeout: TIMEOUT_MS }, async (mode) => {
		await using database = await databaseInMode(mode);
		await using reward = await startScriptedReward({ script: hang(true) });
		await using relay = await startListeningRelay({ databaseUrl: database.url, reward, env: VICTIM });
		await emitEvents(database.pool, 4);
		await reward.waitFor(({ applied }) => applied.length === 4);
		await relay.end("SIGKILL");
		const { byStatus, explained, reaped } = await recover(database, reward);
		expect(reaped).toBe(4);
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
		const { byStatus, explained, reaped } = await recover(database, reward);
		expect(reaped).toBe(4);
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
		expect(await recover(database, reward)).toEqual({ byStatus: { delivered: 1 }, explained: 0, reaped: 0 });
	});

	test("while its claim is being made: nothing was sent, and nothing is lost", { timeout: TIMEOUT_MS }, async () => {
		await using database = await createTestDatabase();
		await using reward = await startScriptedReward();
		await using blocker = await openSession(database.url);
		await using relay = await startListeningRelay({ databaseUrl: database.url, reward, env: VICTIM });
		await holdClaimTurn(blocker);
		await emitEvents(database.pool, 4);
		await untilBlocked(database, "claim");
		await relay.end("SIGKILL");
		// The claim is made after its relay's death: a record of intent that nobody carries out.
		await blocker.query("ROLLBACK");
		expect(await recover(database, reward)).toMatchObject({ byStatus: { delivered: 4 }, explained: 0 });
		expect(reward.requests.length).toBe(4);
	});
});

test("after the relay that finds events for all is killed, another one does, long before its poll", {
	timeout: TIMEOUT_MS,
}, async () => {
	await using database = await createTestDatabase();
	await using reward = await startScriptedReward();
	const env = { ...SHORT_LEASE, REWARD_OUTBOX_POLL_INTERVAL_MS: "60000" };
	const mode = "SELECT wake_mode FROM reward_outbox.relays ORDER BY relay_no OFFSET $1 LIMIT 1";
	await using first = await startListeningRelay({ databaseUrl: database.url, reward, env });
	await until("it looks by itself", async () => {
		await emitEvents(database.pool, 50);
		return (await readValue<string>(database, mode, [0])) === "polling";
	});
	await using next = await startListeningRelay({ databaseUrl: database.url, reward, env });
	await until(
		"the next one relies on it",
		async () => (await readValue<string | null | undefined>(database, mode, [1])) != null,
	);
	await first.end("SIGKILL");
	const [id = ""] = await emitEvents(database.pool, 1);
	await reward.waitFor(({ applications }) => applications.has(id), 10_000);
	expect(next.isRunning).toBe(true);
	await untilDrained(database, AFTER_LEASE_MS);
	expect((await checkInvariants(database, reward)).violations).toEqual([]);
});

test.for(MODES)(
	"what a killed relay held ends within seconds at the default settings, its ordering key too: %s",
	{
		timeout: TIMEOUT_MS,
	},
	async (mode) => {
		await using database = await databaseInMode(mode);
		await using reward = await startScriptedReward({ script: hang() });
		const defaults = {
			REWARD_OUTBOX_REQUEST_TIMEOUT_MS: "15000",
			REWARD_OUTBOX_LEASE_MS: "60000",
			REWARD_OUTBOX_POLL_INTERVAL_MS: "5000",
			REWARD_OUTBOX_BACKOFF_BASE_MS: "1000",
			REWARD_OUTBOX_BACKOFF_CAP_MS: "3600000",
		};
		await using victim = await startListeningRelay({ databaseUrl: database.url, reward, env: defaults });
		const write = "INSERT INTO reward_outbox.outbox (trigger_id, user_id, ordering_key) VALUES ('paid', 'u', 'k')";
		await database.query(write);
		await reward.waitFor(({ requests }) => requests.length === 1);
		await using _other = await startListeningRelay({ databaseUrl: database.url, reward, env: defaults });
		await database.query(write);
		reward.respond(success());
		await victim.end("SIGKILL");
		const ended = "SELECT count(*)::integer FROM reward_outbox.events WHERE status = $1";
		const expected = mode === "at_least_once" ? ["delivered", 2] : ["uncertain", 1];
		// Its lease would keep it for a minute.
		await until("it has ended", async () => (await readValue(database, ended, [expected[0]])) === expected[1], 30_000);
		if (mode === "at_least_once") expect((await checkInvariants(database, reward)).violations).toEqual([]);
		else expect(reward.requests.length).toBe(1);
	},
);

test("a relay that only lost its sessions, or stands still for a moment, is not taken for dead", {
	timeout: TIMEOUT_MS,
}, async () => {
	await using database = await createTestDatabase();
	await using reward = await startScriptedReward({ script: hang() });
	const env = { REWARD_OUTBOX_REQUEST_TIMEOUT_MS: "50000", REWARD_OUTBOX_LEASE_MS: "100000" };
	await using relay = await startListeningRelay({ databaseUrl: database.url, reward, env });
	await emitEvents(database.pool, 1);
	await reward.waitFor(({ requests }) => requests.length === 1);
	await using other = await startListeningRelay({ databaseUrl: database.url, reward, env });
	const checkedIn = "SELECT checked_in_at::text FROM reward_outbox.relays ORDER BY relay_no DESC LIMIT 1";
	const anotherRound = async () => {
		for (let n = 0; n < 3; n++) {
			const before = await readValue<string>(database, checkedIn);
			await until("the other relay has looked again", async () => (await readValue(database, checkedIn)) !== before);
		}
	};
	await database.query(
		"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'reward-outbox%'",
	);
	await anotherRound();
	relay.signal("SIGSTOP");
	await anotherRound();
	relay.signal("SIGCONT");
	expect(reward.requests.length).toBe(1);
	expect(await readValue(database, "SELECT count(*)::integer FROM reward_outbox.attempts")).toBe(0);
	expect(other.isRunning).toBe(true);
});
