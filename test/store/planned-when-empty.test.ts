import { expect, test } from "vitest";
import { cancelEvents, retryEvents } from "../../src/store/decide-events.ts";
import { expiredEvents } from "../../src/store/expire.ts";
import { giveBack } from "../../src/store/give-back.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { accept, claimOnce, expireLeases, fail, ids, insert, leasesOf } from "./events.ts";
import { costOf } from "./rows-read.ts";

const LATER = { next: "pending", delayMs: 3_600_000, excused: false } as const;
const SOON = { next: "pending", delayMs: 0, excused: false } as const;
const OPERATOR = { actor: "a test", reason: "a test" };

/** Rows that each step of a small life reads. */
async function lifeCosts(database: TestDatabase): Promise<Record<string, number>> {
	const costs: Record<string, number> = {};
	const step = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
		let result: T | undefined;
		costs[name] = await costOf(database, async () => {
			result = await work();
		});
		return result as T;
	};
	const claimed = async (limit: number, lookForDue = false) =>
		(await claimOnce(database, { limit, lookForDue })).events;

	await insert(database, {}, 5);
	const few = await step("claiming a few", () => claimed(20));
	await step("settling them", () => accept(database, few));
	await insert(database, {}, 40);
	const many = await step("claiming of many", () => claimed(20));
	await step("failing them", () => fail(database, many, { decision: LATER }));
	await insert(database, { orderingKey: "k" }, 5);
	const rest = await step("claiming the rest", () => claimed(50));
	const [lease = ""] = leasesOf(rest);
	await step("giving some back", () => giveBack(database.pool, lease, ids(rest).slice(0, 5)));
	await expireLeases(database);
	await step("reaping", () => expiredEvents(database.pool, 100));
	await step("failing what was reaped", () => fail(database, rest.slice(5), { decision: SOON }));
	const due = await step("claiming what is due", () => claimed(10, true));
	await step("settling what was due", () => accept(database, due));
	await step("retrying", () => retryEvents(database.pool, ids(many), false, OPERATOR));
	await step("cancelling", () => cancelEvents(database.pool, ids(many), OPERATOR));
	await step("chaining", () => database.query("SELECT reward_outbox.chain_attempts(0, NULL)"));
	return costs;
}

test("what was planned while every table was empty costs the same once they are full", async () => {
	await using database = await createTestDatabase();
	// One connection, so that its plans are those of everything.
	database.pool.options.max = 1;
	// To the planner a table that was vacuumed while it was empty is empty, until it is looked at again.
	await database.query("VACUUM (ANALYZE)");
	for (let life = 0; life < 2; life++) await lifeCosts(database);
	const before = await lifeCosts(database);
	await database.query(`
		WITH history AS (
			INSERT INTO reward_outbox.outbox (trigger_id, user_id, epoch)
			SELECT 'elsewhere', 'u' || n, 0 FROM generate_series(1, 5000) n
			RETURNING id, seq
		), attempts AS (
			INSERT INTO reward_outbox.attempt_log (event_id, started_at, attempt, duration_ms, relay_no, http_status, outcome)
			SELECT h.id, clock_timestamp(), 1, 10, 0, 200, 'ambiguous' FROM history h
		), decisions AS (
			INSERT INTO reward_outbox.operations (actor, action, event_id) SELECT 'Eve', 'retry', h.id FROM history h
		), triggers AS (
			INSERT INTO reward_outbox.triggers (trigger_id) SELECT 'elsewhere-' || n FROM generate_series(1, 2000) n
		)
		INSERT INTO reward_outbox.event_states (event_id, seq, next_attempt_at, attempts, bytes, status, trigger_id)
		SELECT h.id, h.seq, clock_timestamp(), 1, 100, 'dead', 'elsewhere' FROM history h`);
	const after = await lifeCosts(database);
	const dearer = Object.entries(after).filter(([step, cost]) => cost > 2 * (before[step] ?? 0) + 500);
	expect(dearer.map(([step, cost]) => `${step}: ${before[step]} rows before, ${cost} now`)).toEqual([]);
});
