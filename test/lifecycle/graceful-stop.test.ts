import { describe, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import {
	answer,
	delayed,
	hang,
	type ScriptedReward,
	startScriptedReward,
	success,
} from "../support/scripted-reward.ts";
import { untilClaimedAhead } from "./claimed-ahead.ts";
import {
	blockedIn,
	countByStatus,
	emitEvents,
	holdClaimTurn,
	openSession,
	readValue,
	until,
	untilDrained,
} from "./facts.ts";
import { checkInvariants } from "./invariants.ts";
import { AFTER_LEASE_MS, SHORT_LEASE, startListeningRelay } from "./relay-process.ts";

const TIMEOUT_MS = 120_000;

/** Answers as a receiver under load does: in 20 to 50 ms. */
function busy(): () => ReturnType<typeof delayed> {
	return () => delayed(20 + Math.random() * 30, success());
}

/** Events whose count of attempts differs from the attempts on record. */
async function miscounted(database: TestDatabase): Promise<unknown[]> {
	const { rows } = await database.query(
		`SELECT v.id, v.status, v.attempts FROM reward_outbox.events v
		 WHERE v.attempts <> (SELECT count(DISTINCT a.attempt) FROM reward_outbox.attempts a WHERE a.event_id = v.id)`,
	);
	return rows;
}

async function expectAllDelivered(database: TestDatabase, reward: ScriptedReward): Promise<number> {
	await untilDrained(database, AFTER_LEASE_MS);
	const { violations, duplicates, byStatus, events } = await checkInvariants(database, reward);
	expect(violations).toEqual([]);
	expect(byStatus).toEqual({ delivered: events });
	return duplicates.explained;
}

describe.concurrent("a stop signal", () => {
	test.for(["SIGTERM", "SIGINT"] as const)(
		"%s during a backlog loses nothing, repeats nothing and leaves nothing sending",
		{ timeout: TIMEOUT_MS },
		async (signal) => {
			await using database = await createTestDatabase();
			await using reward = await startScriptedReward({ script: busy() });
			// Some wait for a retry when the signal comes: what is given back of them has an attempt behind it.
			reward.enqueue(...Array.from({ length: 4 }, () => answer(500)));
			await using relay = await startListeningRelay({ databaseUrl: database.url, reward });
			await emitEvents(database.pool, 4_000);
			await reward.waitFor(({ applied }) => applied.length >= 300);
			const { code, tookMs, stdout, stderr } = await relay.end(signal);

			expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
			expect(tookMs).toBeLessThan(5_000);
			expect(stdout).toContain('"relay stopped"');
			const { delivered = 0, pending = 0, ...others } = await countByStatus(database);
			expect(others).toEqual({});
			expect(delivered + pending).toBe(4_000);
			expect(delivered).toBe(reward.applied.length);
			expect(pending).toBeGreaterThan(0);
			expect(reward.duplicates).toBe(0);
			expect(await miscounted(database)).toEqual([]);
			expect(await readValue(database, "SELECT count(*)::integer FROM reward_outbox.claims")).toBe(0);

			await using _next = await startListeningRelay({ databaseUrl: database.url, reward });
			expect(await expectAllDelivered(database, reward)).toBe(0);
		},
	);

	test("returns claimed events even while results of their neighbours are being recorded first", {
		timeout: TIMEOUT_MS,
	}, async () => {
		await using database = await createTestDatabase();
		await using reward = await startScriptedReward();
		await using blocker = await openSession(database.url);
		await using relay = await startListeningRelay({
			databaseUrl: database.url,
			reward,
			env: { REWARD_OUTBOX_CONCURRENCY: "4" },
		});
		const { gate } = await untilClaimedAhead(database, reward, 4);
		// Giving back needs this lock; recording an accepted attempt does not.
		await holdClaimTurn(blocker);
		const stopped = relay.end("SIGTERM");
		// It may have been about to claim once more, and would wait for the same lock first.
		await until("give_back waits for a lock", async () => {
			for (const pid of await blockedIn(database, "claim")) await database.query("SELECT pg_cancel_backend($1)", [pid]);
			return (await blockedIn(database, "give_back")).length > 0;
		});
		gate.release(success);
		const ready = "SELECT count(*)::integer FROM reward_outbox.attempt_log";
		await until(
			"what was in flight is on record",
			async () => (await readValue<number>(database, ready)) === reward.applied.length,
		);
		await blocker.query("ROLLBACK");
		expect(await stopped).toMatchObject({ code: 0 });
		expect(Object.keys(await countByStatus(database)).sort()).toEqual(["delivered", "pending"]);

		reward.respond(success());
		await using _next = await startListeningRelay({ databaseUrl: database.url, reward });
		expect(await expectAllDelivered(database, reward)).toBe(0);
	});

	test("given twice ends the relay at once, and what it was sending is retried and explained", {
		timeout: TIMEOUT_MS,
	}, async () => {
		await using database = await createTestDatabase();
		await using reward = await startScriptedReward({ script: hang() });
		await using relay = await startListeningRelay({
			databaseUrl: database.url,
			reward,
			env: { ...SHORT_LEASE, REWARD_OUTBOX_CONCURRENCY: "8" },
		});
		await emitEvents(database.pool, 20);
		await reward.waitFor(({ requests }) => requests.length === 8);
		relay.signal("SIGTERM");
		await relay.logged("relay is stopping: finishing what is in flight");
		expect((await relay.end("SIGTERM")).code).toBe(143);

		reward.respond(success());
		await using _next = await startListeningRelay({ databaseUrl: database.url, reward });
		expect(await expectAllDelivered(database, reward)).toBe(8);
	});

	test("waits no longer than the grace for a Reward that hangs, and records what it aborts as ambiguous", {
		timeout: TIMEOUT_MS,
	}, async () => {
		await using database = await createTestDatabase();
		await using reward = await startScriptedReward({ script: hang() });
		const env = {
			REWARD_OUTBOX_REQUEST_TIMEOUT_MS: "30000",
			REWARD_OUTBOX_LEASE_MS: "60000",
			REWARD_OUTBOX_SHUTDOWN_GRACE_MS: "1200",
			REWARD_OUTBOX_CONCURRENCY: "8",
		};
		await using relay = await startListeningRelay({ databaseUrl: database.url, reward, env });
		await emitEvents(database.pool, 20);
		await reward.waitFor(({ requests }) => requests.length === 8);
		const { code, tookMs } = await relay.end("SIGTERM");
		expect(code).toBe(0);
		expect(tookMs).toBeGreaterThan(800);
		// Before any of them could end by itself.
		expect(tookMs).toBeLessThan(25_000);
		const { rows } = await database.query(
			"SELECT outcome, count(*)::integer AS attempts FROM reward_outbox.attempts GROUP BY outcome",
		);
		expect(rows).toEqual([{ outcome: "ambiguous", attempts: 8 }]);
		expect(await countByStatus(database)).toEqual({ pending: 20 });
		expect(await miscounted(database)).toEqual([]);

		// No lease is left to wait for.
		reward.respond(success());
		await using _next = await startListeningRelay({ databaseUrl: database.url, reward, env });
		expect(await expectAllDelivered(database, reward)).toBe(8);
	});
});
