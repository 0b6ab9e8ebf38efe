import { describe, expect, test } from "vitest";
import { startPostgres } from "../support/postgres-server.ts";
import { answer, delayed, hang, startScriptedReward, success } from "../support/scripted-reward.ts";
import { emitEvents, readValue, until, untilDrained } from "./facts.ts";
import {
	connectionsTo,
	databasesFile,
	type Entry,
	healthOf,
	keyOf,
	startFleet,
	testDatabases,
	untilReady,
} from "./fleet-process.ts";

const TIMEOUT_MS = 120_000;

describe("one relay for many databases", () => {
	test("delivers each database's events with its own key, over one connection each", {
		timeout: TIMEOUT_MS,
	}, async () => {
		await using databases = await testDatabases(3);
		await using file = await databasesFile(databases.entries);
		await using reward = await startScriptedReward();
		await using relay = startFleet(file, { reward });
		await untilReady(relay, 3);
		for (const [index, { pool }] of databases.all.entries()) {
			await emitEvents(pool, 5 + index, { trigger: `of_${index}` });
		}
		for (const database of databases.all) await untilDrained(database);
		const sent = reward.requests.map(({ headers, triggerId }) => `${triggerId} ${headers.get("authorization")}`);
		for (const index of [0, 1, 2]) {
			expect(sent.filter((one) => one === `of_${index} Bearer ${keyOf(index)}`)).toHaveLength(5 + index);
		}
		expect(sent).toHaveLength(18);
		const { ready, databases: each } = await healthOf(relay);
		expect(ready).toBe(true);
		expect(each["shop-1"]).toMatchObject({ ready: true, state: "running", paused: null });
		await until(
			"one connection each",
			async () => {
				const counts = await Promise.all(databases.all.map(connectionsTo));
				return counts.every((count) => count === 1);
			},
			60_000,
		);
		expect((await relay.end("SIGTERM")).code).toBe(0);
	});

	test("of which fifty are idle, holds one connection to each and hears what is written", {
		timeout: TIMEOUT_MS,
	}, async () => {
		await using databases = await testDatabases(50);
		await using file = await databasesFile(databases.entries);
		await using reward = await startScriptedReward();
		// No poll: what arrives was notified.
		await using relay = startFleet(file, { reward, env: { REWARD_OUTBOX_POLL_INTERVAL_MS: "3600000" } });
		await untilReady(relay, 50);
		const modes = async () => Object.values((await healthOf(relay)).databases).map(({ listener }) => listener.mode);
		await until("all listen", async () => (await modes()).every((mode) => mode === "listening"));
		await until(
			"one connection to each",
			async () => {
				const counts = await Promise.all(databases.all.map(connectionsTo));
				return counts.every((count) => count === 1);
			},
			60_000,
		);
		await Promise.all(databases.all.map(({ pool }) => emitEvents(pool, 1)));
		await reward.waitFor(({ applied }) => applied.length === 50, 60_000);
		await until(
			"one connection to each again",
			async () => {
				const counts = await Promise.all(databases.all.map(connectionsTo));
				return counts.every((count) => count === 1);
			},
			60_000,
		);
	});

	test("goes on with the others while one hangs, one fails, one has a bad key and one is down", {
		timeout: TIMEOUT_MS,
	}, async () => {
		await using databases = await testDatabases(4);
		await using gone = await startPostgres();
		await gone.stop();
		const entries: Entry[] = [...databases.entries, { name: "down", url: gone.url, reward_api_key: "sk_test_down" }];
		await using file = await databasesFile(entries);
		await using reward = await startScriptedReward();
		reward.respond(({ headers }) => {
			switch (headers.get("authorization")) {
				case `Bearer ${keyOf(0)}`:
					return hang();
				case `Bearer ${keyOf(1)}`:
					return answer(500);
				case `Bearer ${keyOf(2)}`:
					return answer(401, '{"error":{"code":"invalid_api_key","message":"no"}}');
				default:
					return delayed(5, success());
			}
		});
		await using relay = startFleet(file, { reward, env: { REWARD_OUTBOX_CONCURRENCY: "4" } });
		await untilReady(relay, 4);
		for (const index of [0, 1, 2]) await emitEvents(databases.at(index).pool, 50);
		// It hangs by now, with all that it may have.
		await reward.waitFor(({ requests }) =>
			requests.some(({ headers }) => headers.get("authorization")?.endsWith("_0") === true),
		);
		await emitEvents(databases.at(3).pool, 300);
		// Long before the first request that hangs has timed out.
		await untilDrained(databases.at(3), 8_000);
		const { ready, databases: each } = await healthOf(relay);
		expect(ready).toBe(true);
		expect(each["shop-3"]).toMatchObject({ ready: true, paused: null });
		expect(each["shop-2"]?.paused).toMatchObject({ code: "key_refused" });
		expect(each["down"]).toMatchObject({ ready: false, state: "running" });
	});

	test("shares its slots: a database with a backlog does not keep one with a few events waiting", {
		timeout: TIMEOUT_MS,
	}, async () => {
		await using databases = await testDatabases(2);
		await using file = await databasesFile(databases.entries);
		let inFlight = 0;
		let most = 0;
		const areWritten = Promise.withResolvers<void>();
		await using reward = await startScriptedReward();
		reward.respond(async () => {
			most = Math.max(most, ++inFlight);
			if (reward.applied.length > 100) await areWritten.promise;
			await new Promise((resolve) => setTimeout(resolve, 20));
			inFlight--;
			return success();
		});
		await using relay = startFleet(file, { reward, env: { REWARD_OUTBOX_CONCURRENCY: "8" } });
		await untilReady(relay, 2);
		await emitEvents(databases.at(0).pool, 3_000);
		await reward.waitFor(({ applied }) => applied.length > 100);
		const few = new Set(await emitEvents(databases.at(1).pool, 40));
		areWritten.resolve();
		await untilDrained(databases.at(1));
		// Of the backlog most was still to be sent when the last of the few was.
		expect(reward.applied.findLastIndex((id) => few.has(id))).toBeLessThan(1_500);
		// All of it for one, and no more than that for both.
		expect(most).toBe(8);
	});

	test("finishes what is in flight and gives back the rest when it is stopped", { timeout: TIMEOUT_MS }, async () => {
		await using databases = await testDatabases(3);
		await using file = await databasesFile(databases.entries);
		await using reward = await startScriptedReward({ script: () => delayed(30, success()) });
		await using relay = startFleet(file, { reward });
		await untilReady(relay, 3);
		for (const { pool } of databases.all) await emitEvents(pool, 600);
		await reward.waitFor(({ applied }) => applied.length >= 200);
		expect((await relay.end("SIGTERM")).code).toBe(0);
		expect(reward.duplicates).toBe(0);
		for (const database of databases.all) {
			const sending = "SELECT count(*)::integer FROM reward_outbox.events WHERE status = 'sending'";
			expect(await readValue<number>(database, sending)).toBe(0);
			await until("its connections are gone", async () => (await connectionsTo(database)) === 0);
		}
		await using next = startFleet(file, { reward });
		await untilReady(next, 3);
		for (const database of databases.all) await untilDrained(database);
		expect([reward.applied.length, reward.duplicates]).toEqual([1_800, 0]);
	});
});
