import { describe, expect, test } from "vitest";
import { createTestDatabase } from "../support/database.ts";
import { answer, startScriptedReward, success } from "../support/scripted-reward.ts";
import { untilClaimedAhead } from "./claimed-ahead.ts";
import { emitEvents, holdClaimTurn, openSession, readValue, until, untilBlocked, untilDrained } from "./facts.ts";
import { Gate } from "./gate.ts";
import { checkInvariants } from "./invariants.ts";
import { AFTER_LEASE_MS, SHORT_LEASE, startListeningRelay } from "./relay-process.ts";
import { blockedLoop, type Standstill, stoppedProcess } from "./standstill.ts";

const TIMEOUT_MS = 120_000;
const VICTIM = { ...SHORT_LEASE, REWARD_OUTBOX_CONCURRENCY: "4" };

describe.concurrent("a relay frozen past its lease", () => {
	test("late answers: a success is recorded, a failure changes nothing", { timeout: TIMEOUT_MS }, async () => {
		await using database = await createTestDatabase();
		const gate = new Gate();
		await using reward = await startScriptedReward({ script: gate.script });
		await using blocker = await openSession(database.url);
		await using frozen = await startListeningRelay({ databaseUrl: database.url, reward, env: VICTIM });
		await database.query("SELECT reward_outbox.set_trigger('voucher', $1)", [{ mode: "at_most_once" }]);
		const retried = await emitEvents(database.pool, 2);
		const held = await emitEvents(database.pool, 2, { trigger: "voucher" });
		await reward.waitFor(() => gate.held.length === 4);
		// What became of them gets as far as the statement that records it, which fails while the relay is frozen.
		await blocker.query("BEGIN");
		await blocker.query("LOCK TABLE reward_outbox.attempt_log IN SHARE MODE");
		const applied = new Set([retried[0], held[0]]);
		gate.release(({ idempotencyKey }) => (applied.has(idempotencyKey) ? success() : answer(500)));
		for (const id of [...retried, ...held]) await frozen.knowsOutcomeOf(id);
		const backend = await untilBlocked(database, "settle_");
		frozen.signal("SIGSTOP");
		await database.query("SELECT pg_terminate_backend($1, 5000)", [backend]);
		await blocker.query("ROLLBACK");

		reward.respond(success());
		await using next = await startListeningRelay({ databaseUrl: database.url, reward });
		await untilDrained(database, AFTER_LEASE_MS);
		await reward.waitFor(({ requests }) => requests.length === 6);
		const record = async () =>
			(
				await database.query(
					`SELECT a.event_id, a.attempt, a.outcome, v.status FROM reward_outbox.attempts a JOIN reward_outbox.events v ON v.id = a.event_id
					 ORDER BY array_position($1::uuid[], a.event_id), attempt, outcome`,
					[[...retried, ...held]],
				)
			).rows;
		const reaped = [
			{ event_id: retried[0], attempt: 1, outcome: "ambiguous", status: "delivered" },
			{ event_id: retried[0], attempt: 2, outcome: "accepted", status: "delivered" },
			{ event_id: retried[1], attempt: 1, outcome: "ambiguous", status: "delivered" },
			{ event_id: retried[1], attempt: 2, outcome: "accepted", status: "delivered" },
			{ event_id: held[0], attempt: 1, outcome: "ambiguous", status: "uncertain" },
			{ event_id: held[1], attempt: 1, outcome: "ambiguous", status: "uncertain" },
		];
		expect(await record()).toEqual(reaped);

		frozen.signal("SIGCONT");
		const late = "SELECT count(*)::integer FROM reward_outbox.attempts WHERE attempt = 1 AND outcome = 'accepted'";
		await until("late successes are on record", async () => (await readValue<number>(database, late)) === 2);
		expect((await frozen.end("SIGTERM")).code).toBe(0);
		expect(await record()).toEqual([
			{ event_id: retried[0], attempt: 1, outcome: "accepted", status: "delivered" },
			...reaped.slice(0, 4),
			{ event_id: held[0], attempt: 1, outcome: "accepted", status: "delivered" },
			{ event_id: held[0], attempt: 1, outcome: "ambiguous", status: "delivered" },
			{ event_id: held[1], attempt: 1, outcome: "ambiguous", status: "uncertain" },
		]);
		expect(reward.requests.length).toBe(6);
		expect(next.isRunning).toBe(true);
		expect((await checkInvariants(database, reward)).violations).toEqual([]);
	});

	test.each<[string, () => Standstill]>([
		["stopped", () => stoppedProcess()],
		["busy with one thing only", () => blockedLoop()],
	])("what it had claimed and not sent is not sent when it goes on: %s", { timeout: TIMEOUT_MS }, async (_, choose) => {
		using standstill = choose();
		await using database = await createTestDatabase();
		await using reward = await startScriptedReward();
		const env = { ...VICTIM, ...standstill.env };
		await using frozen = await startListeningRelay({ databaseUrl: database.url, reward, env });
		const { gate, events } = await untilClaimedAhead(database, reward, 4);
		await standstill.begin(frozen);
		gate.release(() => answer(500));
		reward.respond(success());
		await using next = await startListeningRelay({ databaseUrl: database.url, reward });
		await untilDrained(database, AFTER_LEASE_MS);
		const requests = reward.requests.length;
		expect(requests).toBe(events + 4);

		standstill.end(frozen);
		// An answer to something asked now says that it has finished with what it held before.
		await emitEvents(database.pool, 1);
		await untilDrained(database);
		const { code, stdout } = await frozen.end("SIGTERM");
		expect({ code, abandoned: /"abandoned":(\d+)/.exec(stdout)?.[1] }).toEqual({ code: 0, abandoned: "0" });
		expect(reward.requests.length).toBe(requests + 1);
		expect(next.isRunning).toBe(true);
		const { violations, duplicates, byStatus } = await checkInvariants(database, reward);
		expect({ violations, duplicates, byStatus }).toEqual({
			violations: [],
			duplicates: { explained: 0, unexplained: 0 },
			byStatus: { delivered: events + 1 },
		});
	});

	test("a large claim that it never reads does not hold up another relay", { timeout: TIMEOUT_MS }, async () => {
		await using database = await createTestDatabase();
		await using reward = await startScriptedReward();
		await using blocker = await openSession(database.url);
		await using frozen = await startListeningRelay({ databaseUrl: database.url, reward, env: SHORT_LEASE });
		// The largest answer a claim can have: as much as fits of what is new, and as much of what has waited.
		const large = { fillBytes: 65_000, silently: true };
		await database.query("SELECT reward_outbox.pause_trigger('waiting', 'test')");
		await emitEvents(database.pool, 8, { ...large, trigger: "waiting" });
		const moved = "SELECT count(*)::integer FROM reward_outbox.event_states";
		await until("the paused ones wait", async () => (await readValue<number>(database, moved)) === 8);
		await holdClaimTurn(blocker);
		await database.query("UPDATE reward_outbox.triggers SET paused_at = NULL, paused_by = NULL, paused_reason = NULL");
		await emitEvents(database.pool, 8, large);
		await untilBlocked(database, "claim");
		frozen.signal("SIGSTOP");
		await blocker.query("ROLLBACK");
		await until(
			"it has claimed",
			async () => (await readValue<number>(database, "SELECT count(*)::integer FROM reward_outbox.claims")) > 0,
		);

		await using next = await startListeningRelay({ databaseUrl: database.url, reward });
		const claimed = await readValue<number>(
			database,
			"SELECT sum(cardinality(event_ids))::integer FROM reward_outbox.claims",
		);
		await reward.waitFor(({ applied }) => applied.length === 16 - claimed, 4_000);
		await untilDrained(database, AFTER_LEASE_MS);
		frozen.signal("SIGCONT");
		expect((await frozen.end("SIGTERM")).code).toBe(0);
		expect(next.isRunning).toBe(true);
		const { violations, byStatus } = await checkInvariants(database, reward);
		expect({ violations, byStatus }).toEqual({ violations: [], byStatus: { delivered: 16 } });
		expect(reward.requests.length).toBe(16);
	});
});
