import { setTimeout as pause } from "node:timers/promises";
import { expect } from "vitest";
import { createRelay, type RelayHandle, type RelayOptions } from "../../src/composition/index.ts";
import { adoptUnused } from "../../src/store/identity.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import type { ScriptedReward } from "../support/scripted-reward.ts";

export const KEY = "sk_test_of_the_relay_tests";

/** A database of one's own that relays send from: a copy with events in it would have to be adopted by a person. */
export async function relayDatabase(): Promise<TestDatabase> {
	const database = await createTestDatabase();
	await adoptUnused(database.pool, "test");
	return database;
}

/**
 * A running relay, stopped at the end of its scope. It polls once a minute, so that a test which passes proves that
 * nothing waited for the poll; its retries come at once.
 */
export async function startRelay(
	database: Pick<TestDatabase, "url">,
	reward: ScriptedReward,
	options: Partial<RelayOptions> = {},
): Promise<RelayHandle & AsyncDisposable> {
	const relay = await createRelay({
		databaseUrl: database.url,
		rewardApiKey: KEY,
		rewardApiUrl: reward.url,
		logger: null,
		concurrency: 8,
		requestTimeoutMs: 3_000,
		leaseMs: 10_000,
		pollIntervalMs: 60_000,
		maxAttempts: 5,
		backoffBaseMs: 5,
		backoffCapMs: 20,
		...options,
	});
	await relay.start();
	return Object.assign(relay, { [Symbol.asyncDispose]: () => relay.stop(2_000) });
}

/** Asks again and again until it is so. */
export async function until(what: string, holds: () => Promise<boolean> | boolean, timeoutMs = 15_000): Promise<void> {
	const deadline = performance.now() + timeoutMs;
	for (;;) {
		const askedAt = performance.now();
		if (await holds()) return;
		const now = performance.now();
		if (now > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
		// Asking must not cost what is watched its speed.
		await pause(5 + 3 * (now - askedAt));
	}
}

/** How many events are in each status. */
export async function countByStatus(database: Pick<TestDatabase, "query">): Promise<Record<string, number>> {
	const { rows } = await database.query("SELECT status, count(*)::int AS n FROM reward_outbox.events GROUP BY status");
	return Object.fromEntries(rows.map((row) => [row["status"], row["n"]]));
}

/** Waits until all events are in these statuses. */
export async function untilAll(
	database: Pick<TestDatabase, "query">,
	expected: Record<string, number>,
	timeoutMs = 15_000,
): Promise<void> {
	let last: Record<string, number> = {};
	try {
		await until(
			"",
			async () => {
				last = await countByStatus(database);
				return (
					Object.entries(expected).every(([status, n]) => last[status] === n) &&
					Object.keys(last).every((status) => status in expected)
				);
			},
			timeoutMs,
		);
	} catch {
		expect(last).toEqual(expected);
	}
}
