import { describe, expect, test } from "vitest";
import { answer, delayed, startScriptedReward, success } from "../support/scripted-reward.ts";
import { emitEvents, readValue, until, untilDrained } from "./facts.ts";
import {
	connectionsTo,
	databasesFile,
	healthOf,
	startFleet,
	type TestDatabases,
	testDatabases,
	untilReady,
} from "./fleet-process.ts";
import type { RelayProcess } from "./relay-process.ts";

const TIMEOUT_MS = 180_000;
const SHARED_WITHIN_MS = 90_000;

/** Until each serves its part, all are served, and no database has more than the one connection. */
function untilShared(databases: TestDatabases, relays: readonly RelayProcess[]): Promise<void> {
	const total = databases.all.length;
	return until(
		"each database is served by one of them",
		async () => {
			const counts = await Promise.all(relays.map(async (relay) => (await healthOf(relay)).counts));
			const served = counts.reduce((sum, { ready = 0 }) => sum + ready, 0);
			const isWhole = counts.every(({ ready = 0, elsewhere = 0 }) => ready + elsewhere === total);
			const connections = await Promise.all(databases.all.map(connectionsTo));
			return served === total && isWhole && connections.every((count) => count === 1);
		},
		SHARED_WITHIN_MS,
	);
}

describe("several relays on one file with many databases", () => {
	test("share them, and one takes what another leaves: killed or stopped, within seconds", {
		timeout: TIMEOUT_MS,
	}, async () => {
		await using databases = await testDatabases(8);
		await using file = await databasesFile(databases.entries);
		await using reward = await startScriptedReward({ script: () => delayed(5, success()) });
		await using first = startFleet(file, { reward });
		await untilReady(first, 8);
		await using second = startFleet(file, { reward });
		await untilShared(databases, [first, second]);
		for (const { pool } of databases.all) await emitEvents(pool, 20);
		for (const database of databases.all) await untilDrained(database);
		// Where a relay serves all alone, it ends in the middle of work.
		for (const { pool } of databases.all) await emitEvents(pool, 200);
		await reward.waitFor(({ applications }) => applications.size > 400);
		await second.end("SIGKILL");
		await untilReady(first, 8);
		for (const database of databases.all) await untilDrained(database);
		expect(reward.applications.size).toBe(8 * 220);

		await using third = startFleet(file, { reward });
		await untilShared(databases, [first, third]);
		const applied = reward.applied.length;
		for (const { pool } of databases.all) await emitEvents(pool, 100);
		await reward.waitFor((seen) => seen.applied.length > applied + 50);
		expect((await first.end("SIGTERM")).code).toBe(0);
		await untilReady(third, 8);
		for (const database of databases.all) await untilDrained(database);
		// Nobody died this time: what was given back was sent once.
		expect(reward.applied.length).toBe(applied + 800);
	});

	test("do not leave a database to one whose key for it is refused", { timeout: TIMEOUT_MS }, async () => {
		await using databases = await testDatabases(4);
		await using good = await databasesFile(databases.entries);
		await using bad = await databasesFile(
			databases.entries.map((entry) => ({ ...entry, reward_api_key: "sk_test_wrong" })),
		);
		await using reward = await startScriptedReward();
		reward.respond(({ headers }) =>
			headers.get("authorization") === "Bearer sk_test_wrong"
				? answer(401, '{"error":{"code":"invalid_api_key","message":"no"}}')
				: success(),
		);
		await using wrong = startFleet(bad, { reward });
		await untilReady(wrong, 4);
		for (const { pool } of databases.all) await emitEvents(pool, 3);
		await until("its keys are refused", async () =>
			Object.values((await healthOf(wrong)).databases).every(({ paused }) => paused?.code === "key_refused"),
		);
		await using right = startFleet(good, { reward });
		for (const database of databases.all) await untilDrained(database, SHARED_WITHIN_MS);
		expect((await healthOf(right)).counts).toMatchObject({ ready: 4, elsewhere: 0 });
	});

	test("tell in the log and at /readyz who serves what", { timeout: TIMEOUT_MS }, async () => {
		await using databases = await testDatabases(6);
		await using file = await databasesFile(databases.entries);
		await using reward = await startScriptedReward();
		await using first = startFleet(file, { reward });
		await using second = startFleet(file, { reward });
		await untilShared(databases, [first, second]);
		const each = [await healthOf(first), await healthOf(second)];
		const served = each.map(({ databases: all }) =>
			Object.entries(all).flatMap(([name, { state }]) => (state === "running" ? [name] : [])),
		);
		expect(served.flat().sort()).toEqual(databases.entries.map(({ name }) => name));
		const left = each.flatMap(({ databases: all }) => Object.values(all).filter(({ state }) => state === "elsewhere"));
		const names = new Set(left.map(({ served_by }) => served_by));
		for (const name of names) {
			const known = "SELECT count(*)::integer FROM reward_outbox.relays WHERE name = $1";
			expect(await readValue<number>(databases.at(0), known, [name])).toBeGreaterThan(0);
		}
		const [loser] = served[0]?.length === 6 ? [second] : [first];
		expect(await loser.logged("database is left to another relay")).toMatchObject({ database: expect.any(String) });
	});
});
