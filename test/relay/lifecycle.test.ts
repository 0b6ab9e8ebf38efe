import { describe, expect, test } from "vitest";
import { createRelay } from "../../src/composition/index.ts";
import { migrateToLatest } from "../../src/store/migrate.ts";
import { insert, someRelay } from "../store/events.ts";
import { createTestDatabase } from "../support/database.ts";
import { delayed, hang, startScriptedReward, success } from "../support/scripted-reward.ts";
import { expectInvariants } from "./invariants.ts";
import { countByStatus, KEY, relayDatabase, startRelay, until, untilAll } from "./running.ts";

describe("stop()", () => {
	test("during a backlog loses nothing, leaves nothing sending, and what is given back keeps its attempts", async () => {
		await using database = await relayDatabase();
		await using reward = await startScriptedReward({ script: delayed(10, success()) });
		await insert(database, {}, 500);
		const first = await startRelay(database, reward);
		await reward.waitFor(({ applied }) => applied.length >= 50);
		await first.stop();
		const { delivered = 0, pending = 0, ...others } = await countByStatus(database);
		expect(others).toEqual({});
		expect(delivered).toBe(reward.applied.length);
		expect(delivered + pending).toBe(500);
		const { rows } = await database.query(
			"SELECT max(attempts) AS most FROM reward_outbox.events WHERE status = 'pending'",
		);
		expect(rows).toEqual([{ most: 0 }]);
		expect((await database.query("SELECT FROM reward_outbox.claims")).rowCount).toBe(0);
		await expectInvariants(database, reward, { unfinished: true });

		await using second = await startRelay(database, reward);
		await untilAll(database, { delivered: 500 });
		await second.stop();
		expect(reward.duplicates).toBe(0);
		await expectInvariants(database, reward);
	});

	test("aborts what has not answered within the grace, and records it as ambiguous", async () => {
		await using database = await relayDatabase();
		await using reward = await startScriptedReward({ script: hang() });
		await insert(database, {}, 20);
		// By itself none of them ends within the time of this test.
		await using relay = await startRelay(database, reward, { requestTimeoutMs: 60_000, leaseMs: 120_000 });
		await reward.waitFor(({ requests }) => requests.length >= 8);
		await relay.stop(400);
		expect(await countByStatus(database)).toEqual({ pending: 20 });
		const { rows } = await database.query(
			"SELECT outcome, count(*)::int AS n FROM reward_outbox.attempts GROUP BY outcome",
		);
		expect(rows).toEqual([{ outcome: "ambiguous", n: reward.requests.length }]);
		await expectInvariants(database, reward, { unfinished: true });
	});

	test("says goodbye: the relay shows as stopped, and all its connections are closed", async () => {
		await using database = await relayDatabase();
		await using reward = await startScriptedReward();
		const relay = await startRelay(database, reward, { name: "the one" });
		await insert(database, {}, 5);
		await untilAll(database, { delivered: 5 });
		await relay.stop();
		const { rows } = await database.query("SELECT name, stopped_at IS NOT NULL AS stopped FROM reward_outbox.relays");
		expect(rows).toEqual([{ name: "the one", stopped: true }]);
		await until("its connections are closed", async () => {
			const { rowCount } = await database.query(
				"SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'reward-outbox%'",
			);
			return rowCount === 0 && reward.openConnections === 0;
		});
	});

	test("may come twice, at the same time or later, and start() afterwards is refused", async () => {
		await using database = await relayDatabase();
		await using reward = await startScriptedReward();
		const relay = await startRelay(database, reward);
		await Promise.all([relay.stop(), relay.stop()]);
		await relay.stop();
		await expect(relay.start()).rejects.toMatchObject({
			code: "relay_stopped",
			hint: expect.stringContaining("createRelay()"),
		});
		await insert(database);
		expect(reward.requests).toEqual([]);
	});

	test("may come before start() or while it is starting", async () => {
		await using database = await relayDatabase();
		await using reward = await startScriptedReward();
		await insert(database);
		const options = { databaseUrl: database.url, rewardApiKey: KEY, rewardApiUrl: reward.url };
		const never = await createRelay(options);
		await never.stop();
		await expect(never.start()).rejects.toMatchObject({ code: "relay_stopped" });
		const hasty = await createRelay(options);
		await Promise.all([hasty.start(), hasty.stop()]);
		expect((await countByStatus(database))["sending"]).toBeUndefined();
		await expectInvariants(database, reward, { unfinished: true });
	});
});

describe("the grace of stop()", () => {
	const options = { databaseUrl: "postgres://127.0.0.1:1/none", rewardApiKey: KEY };

	test.each([-1, Number.NaN, 1.5, 3_600_001])("%d is refused, and the relay goes on", async (graceMs) => {
		const relay = await createRelay(options);
		await expect(relay.stop(graceMs)).rejects.toThrow(
			/^stop\(graceMs\): expected a whole number from 0 to 3600000, got /,
		);
		await relay.stop(0);
	});

	test("is the option's when stop is handed on as the handler of a signal", async () => {
		await using database = await relayDatabase();
		await using reward = await startScriptedReward({ script: delayed(200, success()) });
		await insert(database);
		const relay = await startRelay(database, reward);
		await reward.waitFor(({ requests }) => requests.length === 1);
		const handler: (signal: never) => Promise<void> = relay.stop;
		await handler("SIGTERM" as never);
		expect(await countByStatus(database)).toEqual({ delivered: 1 });
	});
});

describe("start()", () => {
	test("twice is the same as once", async () => {
		await using database = await relayDatabase();
		await using reward = await startScriptedReward();
		await insert(database, {}, 50);
		await using relay = await startRelay(database, reward);
		await relay.start();
		await untilAll(database, { delivered: 50 });
		await relay.stop();
		expect(reward.duplicates).toBe(0);
		expect((await database.query("SELECT FROM reward_outbox.relays")).rowCount).toBe(1);
	});

	test("fails when there is no schema, works once there is one, and leaves nothing open", async () => {
		await using database = await createTestDatabase();
		await using reward = await startScriptedReward();
		await database.query("DROP SCHEMA reward_outbox CASCADE");
		const relay = await createRelay({ databaseUrl: database.url, rewardApiKey: KEY, rewardApiUrl: reward.url });
		await expect(relay.start()).rejects.toMatchObject({ code: "schema_older" });
		await migrateToLatest(database.url);
		await relay.start();
		await insert(database);
		await untilAll(database, { delivered: 1 });
		await relay.stop();
	});

	test("on a copy of a database that was delivered from sends nothing, says why, and begins once it is adopted", async () => {
		await using database = await createTestDatabase();
		await using reward = await startScriptedReward();
		await someRelay(database, "of the original");
		await insert(database, {}, 5);
		await using relay = await startRelay(database, reward, { pollIntervalMs: 200 });
		await until("it is paused", async () => (await relay.health()).paused !== null);
		expect((await relay.health()).paused?.reason).toContain("copy of another database");
		expect(reward.requests).toEqual([]);
		await database.query("SELECT reward_outbox.adopt(false, 'a test')");
		await untilAll(database, { delivered: 5 });
		await relay.stop();
		await expectInvariants(database, reward);
	});
});

describe("several relays", () => {
	test("share the work of one database without a duplicate", async () => {
		await using database = await relayDatabase();
		await using reward = await startScriptedReward({ script: delayed(2, success()) });
		await insert(database, {}, 800);
		for (let n = 0; n < 5; n++) await insert(database, { orderingKey: `key${n}` }, 10);
		const relays = await Promise.all(
			["a", "b", "c"].map((name) => startRelay(database, reward, { name, concurrency: 4 })),
		);
		await untilAll(database, { delivered: 850 });
		await Promise.all(relays.map((relay) => relay.stop()));
		expect(reward.duplicates).toBe(0);
		const { rows } = await database.query(
			"SELECT relay, count(*)::int AS n FROM reward_outbox.attempts GROUP BY relay ORDER BY relay",
		);
		expect(rows.map((row) => row["relay"])).toEqual(["a", "b", "c"]);
		await expectInvariants(database, reward);
	});

	test("where one stops in the middle, the others finish", async () => {
		await using database = await relayDatabase();
		await using reward = await startScriptedReward({ script: delayed(5, success()) });
		await insert(database, {}, 300);
		await using staying = await startRelay(database, reward, { name: "staying" });
		await using leaving = await startRelay(database, reward, { name: "leaving" });
		await reward.waitFor(({ applied }) => applied.length >= 60);
		await leaving.stop();
		await untilAll(database, { delivered: 300 });
		await staying.stop();
		expect(reward.duplicates).toBe(0);
		await expectInvariants(database, reward);
	});
});

test("a relay claims little more than it can send, however large the backlog", async () => {
	await using database = await relayDatabase();
	await using reward = await startScriptedReward({ script: delayed(20, success()) });
	await insert(database, {}, 2_000);
	await using relay = await startRelay(database, reward);
	let most = 0;
	await until("some are delivered", async () => {
		const { rows } = await database.query(
			"SELECT coalesce(sum(events), 0)::int AS n FROM reward_outbox.depth WHERE status = 'sending'",
		);
		most = Math.max(most, rows[0]?.["n"] as number);
		return reward.applied.length >= 200;
	});
	await relay.stop();
	// Two rounds of eight slots in flight or unwritten, and what is sent within 25 ms ahead.
	expect(most).toBeLessThanOrEqual(48);
	await expectInvariants(database, reward, { unfinished: true });
});
