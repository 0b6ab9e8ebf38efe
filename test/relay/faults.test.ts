import { describe, expect, test } from "vitest";
import { insert, insertOne } from "../store/events.ts";
import type { TestDatabase } from "../support/database.ts";
import { answer, delayed, hang, startScriptedReward, success } from "../support/scripted-reward.ts";
import { expectInvariants } from "./invariants.ts";
import { countByStatus, relayDatabase, startRelay, until, untilAll } from "./running.ts";

/** Cuts the relay's connections of one kind; returns how many there were. */
async function terminate(database: TestDatabase, applicationName: string): Promise<number> {
	const { rowCount } = await database.query(
		"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1",
		[applicationName],
	);
	return rowCount ?? 0;
}

async function attempts(database: TestDatabase, outcome: string): Promise<number> {
	const { rows } = await database.query("SELECT count(*)::int AS n FROM reward_outbox.attempts WHERE outcome = $1", [
		outcome,
	]);
	return rows[0]?.["n"] as number;
}

describe("an outage of Reward with a backlog", () => {
	const BACKLOG = 2_000;

	test("that refuses connections costs few attempts, and the backlog drains when it is back", async () => {
		await using database = await relayDatabase();
		await using reward = await startScriptedReward();
		await reward.close();
		await insert(database, {}, BACKLOG);
		await using relay = await startRelay(database, reward, { concurrency: 16, maxAttempts: 20 });
		// The burst that made it stop, then a probe or two.
		await until("a probe has failed", async () => (await attempts(database, "not_sent")) >= 10);
		expect(await attempts(database, "not_sent")).toBeLessThanOrEqual(30);
		await reward.reopen();
		await reward.waitFor(({ applied }) => applied.length >= BACKLOG, 15_000);
		await untilAll(database, { delivered: BACKLOG });
		expect(await attempts(database, "not_sent")).toBeLessThanOrEqual(40);
		expect(reward.duplicates).toBe(0);
		await relay.stop();
		await expectInvariants(database, reward);
	});

	test("that answers 503 sees no stampede, neither while it lasts nor when it ends", async () => {
		await using database = await relayDatabase();
		await using reward = await startScriptedReward({ script: answer(503) });
		await insert(database, {}, BACKLOG);
		await using relay = await startRelay(database, reward, { concurrency: 32, maxAttempts: 20 });
		await reward.waitFor(({ requests }) => requests.length >= 10);
		await untilAll(database, { pending: BACKLOG });
		const burst = reward.requests.length;
		expect(burst).toBeLessThanOrEqual(64);
		await reward.waitFor(({ requests }) => requests.length >= burst + 2);
		let inFlight = 0;
		const ramp: number[] = [];
		reward.respond(async () => {
			ramp.push(++inFlight);
			await new Promise((resolve) => setTimeout(resolve, 5));
			inFlight--;
			return success();
		});
		await reward.waitFor(({ applied }) => applied.length >= BACKLOG, 15_000);
		await untilAll(database, { delivered: BACKLOG });
		await relay.stop();
		// One probe, then two at a time, four, …
		expect(ramp[0]).toBe(1);
		expect(Math.max(...ramp.slice(0, 3))).toBeLessThanOrEqual(2);
		expect(Math.max(...ramp)).toBeLessThanOrEqual(64);
		expect(reward.requests.length).toBeLessThanOrEqual(BACKLOG + 80);
		await expectInvariants(database, reward);
	});
});

describe("one bad neighbour", () => {
	test("a trigger that hangs does not hold back the others", async () => {
		await using database = await relayDatabase();
		await using reward = await startScriptedReward({
			script: ({ triggerId }) => (triggerId === "hangs" ? hang() : success()),
		});
		await insert(database, { trigger: "hangs" }, 100);
		await using relay = await startRelay(database, reward, {
			requestTimeoutMs: 30_000,
			leaseMs: 60_000,
			maxAttempts: 1,
		});
		await reward.waitFor(({ requests }) => requests.length >= 8);
		for (let n = 1; n <= 50; n++) {
			await insertOne(database, { trigger: "good" });
			await reward.waitFor(({ requests }) => requests.filter(({ triggerId }) => triggerId === "good").length === n);
		}
		// Before the first of the hanging requests has timed out.
		expect(await attempts(database, "ambiguous")).toBe(0);
		expect(reward.requests.filter(({ triggerId }) => triggerId === "hangs").length).toBeLessThanOrEqual(16);
		await relay.stop(500);
		await expectInvariants(database, reward, { unfinished: true });
	});

	test("a trigger that always fails does not hold back the others", async () => {
		await using database = await relayDatabase();
		await using reward = await startScriptedReward({
			script: ({ triggerId }) => (triggerId === "fails" ? answer(500) : success()),
		});
		await insert(database, { trigger: "fails" }, 300);
		await insert(database, { trigger: "good" }, 300);
		await using relay = await startRelay(database, reward, { maxAttempts: 20 });
		await until("all good ones are delivered", async () => (await countByStatus(database))["delivered"] === 300);
		expect(reward.requests.filter(({ triggerId }) => triggerId === "fails").length).toBeLessThanOrEqual(50);
		await relay.stop();
		await expectInvariants(database, reward, { unfinished: true });
	});

	test("a hot ordering key does not hold back the others, and keeps its own order", async () => {
		await using database = await relayDatabase();
		await using reward = await startScriptedReward({
			script: ({ userId }) => (userId === "hot" ? delayed(30, success()) : success()),
		});
		await insert(database, { user: "hot", orderingKey: "hot" }, 40);
		await insert(database, { user: "other" }, 200);
		for (let n = 0; n < 20; n++) await insert(database, { user: "other", orderingKey: `key${n}` }, 2);
		await using relay = await startRelay(database, reward);
		const done = (user: string) => reward.requests.filter(({ userId }) => userId === user).length;
		await reward.waitFor(() => done("other") === 240);
		expect(done("hot")).toBeLessThan(40);
		await untilAll(database, { delivered: 280 });
		await relay.stop();
		expect(reward.duplicates).toBe(0);
		await expectInvariants(database, reward);
	});
});

describe("a database that cuts connections", () => {
	test("of the listener: it listens again, and what is written meanwhile and afterwards arrives", async () => {
		await using database = await relayDatabase();
		await using reward = await startScriptedReward();
		await using relay = await startRelay(database, reward);
		const mode = async () => ((await relay.health()).listener as { mode: string }).mode;
		const listening = () => until("it listens", async () => (await mode()) === "listening");
		await listening();
		for (let n = 1; n <= 3; n++) {
			expect(await terminate(database, "reward-outbox listener")).toBe(1);
			await insertOne(database);
			await untilAll(database, { delivered: 2 * n - 1 }, 5_000);
			await listening();
			await insertOne(database);
			await untilAll(database, { delivered: 2 * n }, 5_000);
		}
		await relay.stop();
		await expectInvariants(database, reward);
	});

	test("of the relay, again and again under load: nothing is lost, and no duplicate is unexplained", async () => {
		await using database = await relayDatabase();
		await using reward = await startScriptedReward({ script: delayed(3, success()) });
		await insert(database, {}, 600);
		for (let n = 0; n < 10; n++) await insert(database, { orderingKey: `key${n % 3}` }, 5);
		await using relay = await startRelay(database, reward, { leaseMs: 9_000 });
		for (let cut = 1; cut <= 10; cut++) {
			await reward.waitFor(({ applied }) => applied.length >= cut * 50);
			await terminate(database, "reward-outbox relay");
		}
		await untilAll(database, { delivered: 650 }, 19_000);
		await relay.stop();
		await expectInvariants(database, reward);
	});

	test("of everything at once, at most once: nothing is applied twice", async () => {
		await using database = await relayDatabase();
		await database.query(`SELECT reward_outbox.set_trigger('payment', '{"mode": "at_most_once"}')`);
		await using reward = await startScriptedReward({ script: delayed(3, success()) });
		await insert(database, {}, 300);
		await using relay = await startRelay(database, reward, { leaseMs: 9_000 });
		for (let cut = 1; cut <= 5; cut++) {
			await reward.waitFor(({ applied }) => applied.length >= cut * 40);
			for (const name of ["reward-outbox relay", "reward-outbox listener", "reward-outbox health"])
				await terminate(database, name);
		}
		await until(
			"everything has come to an end",
			async () => {
				const { pending = 0, sending = 0 } = await countByStatus(database);
				return pending + sending === 0;
			},
			19_000,
		);
		await relay.stop();
		expect(reward.duplicates).toBe(0);
		await expectInvariants(database, reward);
	});
});
