import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { migrateToLatest } from "../../src/store/migrate.ts";
import type { Direction, Trouble } from "../support/bad-connection.ts";
import { BadLine } from "../support/bad-line.ts";
import { type PostgresServer, startPostgres } from "../support/postgres-server.ts";
import { delayed, type ScriptedReward, startScriptedReward, success } from "../support/scripted-reward.ts";
import { untilDrained } from "./facts.ts";
import { checkInvariants } from "./invariants.ts";
import { Load } from "./load.ts";
import { AFTER_LEASE_MS, type RelayProcess, startListeningRelay } from "./relay-process.ts";

const TIMEOUT_MS = 180_000;
/** A statement that was under way is given up after 14 s, and the server has ended the session by then. */
const RESUMED_WITHIN_MS = 20_000;

// A server whose sessions a test may cut off is one it has started.
describe.skipIf(!inject("testServer").embedded)("a network to the database that swallows everything", () => {
	let server: PostgresServer;
	let pool: pg.Pool;

	beforeAll(async () => {
		server = await startPostgres();
		pool = new pg.Pool({ connectionString: server.url, max: 3 });
		pool.on("error", () => {});
	});

	afterAll(async () => {
		await pool?.end();
		await server?.[Symbol.asyncDispose]();
	});

	async function freshSchema(): Promise<void> {
		await pool.query("DROP SCHEMA IF EXISTS reward_outbox CASCADE");
		await migrateToLatest(server.url);
	}

	async function expectAllDelivered(load: Load, reward: ScriptedReward): Promise<void> {
		const committed = await load.stop();
		await untilDrained(pool, AFTER_LEASE_MS);
		const { violations, byStatus, events } = await checkInvariants(pool, reward, { lasting: committed });
		expect({ violations, byStatus }).toEqual({ violations: [], byStatus: { delivered: events } });
	}

	test.each<[string, Trouble, Direction]>([
		["to the server", "swallowed one way", "to the server"],
		["to the client", "swallowed one way", "to the client"],
		["both ways", "swallowed", "to the server"],
	])(
		"%s for as long as it likes: delivery resumes within seconds, and every duplicate is explained",
		{ timeout: TIMEOUT_MS },
		async (_, trouble, direction) => {
			await freshSchema();
			await using reward = await startScriptedReward({ script: () => delayed(10, success()) });
			await using line = await BadLine.start(server.port);
			await using relay = await startListeningRelay({ databaseUrl: line.through(server.url), reward });
			await using load = new Load(server.url, 20);
			await reward.waitFor(({ applied }) => applied.length > 100);
			line.strike(trouble, direction);
			await sleep(20_000);
			const before = new Set(reward.applications.keys());
			line.heal();
			await reward.waitFor(({ applied }) => !before.has(applied.at(-1) ?? ""), RESUMED_WITHIN_MS);
			await expectAllDelivered(load, reward);
			expect(relay.isRunning).toBe(true);
		},
	);

	test.each([
		["between a claim and its end", /reward_outbox_claim/],
		["between results and their end", /settle_accepted/],
	])(
		"%s: the other relay stands still for seconds, and every duplicate is explained",
		{ timeout: TIMEOUT_MS },
		async (_, message) => {
			await freshSchema();
			await using reward = await startScriptedReward({ script: () => delayed(10, success()) });
			await using line = await BadLine.start(server.port);
			await using cutOff = await startListeningRelay({ databaseUrl: line.through(server.url), reward });
			await using other = await startListeningRelay({ databaseUrl: server.url, reward });
			await using load = new Load(server.url, 20);
			await reward.waitFor(({ applied }) => applied.length > 100);
			line.swallowAfter(message);
			const longestMs = await longestSilence(reward, 30_000);
			expect(longestMs).toBeLessThan(10_000);
			line.heal();
			await expectAllDelivered(load, reward);
			expect([cutOff, other].every(({ isRunning }: RelayProcess) => isRunning)).toBe(true);
		},
	);
});

/** The longest time without an event that was applied for the first time. */
async function longestSilence(reward: ScriptedReward, spanMs: number): Promise<number> {
	const end = performance.now() + spanMs;
	let longest = 0;
	while (performance.now() < end) {
		const [known, since] = [reward.applications.size, performance.now()];
		await reward.waitFor(({ applications }) => applications.size > known, spanMs);
		longest = Math.max(longest, performance.now() - since);
	}
	return longest;
}
