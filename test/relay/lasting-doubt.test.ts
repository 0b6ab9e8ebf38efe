import { describe, expect, test } from "vitest";
import { insert } from "../store/events.ts";
import {
	answer,
	encodeResponse,
	flood,
	hang,
	type Reply,
	raw,
	resetAfterApplying,
	startScriptedReward,
	success,
	truncated,
} from "../support/scripted-reward.ts";
import { countByStatus, relayDatabase, startRelay, until, untilAll } from "./running.ts";

const INTERIM = "HTTP/1.1 102 Processing\r\n\r\n";
const ODD = [answer(200, "<p>"), answer(202, "later"), truncated(), raw(INTERIM), raw("SSH-2.0-x\r\n")];

describe("an answer that leaves open whether the event was applied", () => {
	const page = () => answer(200, "<html>Welcome</html>");
	const pauseOf = async (database: Awaited<ReturnType<typeof relayDatabase>>) =>
		(
			await database.query(
				"SELECT paused_reason, probe_at > now() + interval '50 minutes' AS is_rare FROM reward_outbox.triggers",
			)
		).rows[0];

	test("three times in a row to the same event pauses its trigger for a person, and probes are rare", async () => {
		await using database = await relayDatabase();
		await using reward = await startScriptedReward({
			script: ({ triggerId }) => (triggerId === "odd" ? page() : success()),
		});
		await insert(database, { trigger: "odd" });
		await using relay = await startRelay(database, reward, { maxAttempts: 20 });
		await until("the trigger is paused", async () => (await pauseOf(database)) !== undefined);
		expect(await pauseOf(database)).toEqual({
			paused_reason: expect.stringContaining("HTTP 200, unexpected_body"),
			is_rare: true,
		});
		await insert(database, { trigger: "good" }, 20);
		await insert(database, { trigger: "odd" }, 20);
		await until("the others go on", async () => (await countByStatus(database))["delivered"] === 20);
		expect(reward.requests.filter(({ triggerId }) => triggerId === "odd").length).toBe(3);
		reward.respond(success());
		await database.query("SELECT reward_outbox.resume_trigger('odd')");
		await untilAll(database, { delivered: 41 });
		await relay.stop();
	});

	const twice = `${encodeResponse(200, '{"success":true}', {})}`.repeat(2);
	const manyHeaders = `HTTP/1.1 200 OK\r\n${`x: ${"y".repeat(200)}\r\n`.repeat(400)}content-length: 0\r\n\r\n`;
	test.each([
		["a page without end", flood()],
		["two answers to one request", raw(twice, { applies: true })],
		["headers without end", raw(manyHeaders, { applies: true })],
	])("%s, three times in a row, pauses its trigger as well", async (_, reply) => {
		await using database = await relayDatabase();
		await using reward = await startScriptedReward({ script: reply });
		await insert(database, { trigger: "odd" });
		await using relay = await startRelay(database, reward, { maxAttempts: 20 });
		await until("the trigger is paused", async () => (await pauseOf(database)) !== undefined);
		expect(reward.requests.length).toBe(3);
		await relay.stop();
	});

	test.each<[string, (n: number) => Reply]>([
		["two kinds by turns", (n) => (n % 2 === 0 ? page() : answer(202, "later"))],
		["an answer that is always cut off", () => truncated()],
		["interim answers, and no other", () => raw(INTERIM.repeat(400))],
		["a 100 that nobody asked for", () => raw("HTTP/1.1 100 Continue\r\n\r\n")],
		["what is no HTTP", () => raw("SSH-2.0-x\r\n")],
		["each time another", (n) => ODD[n % ODD.length] as Reply],
	])("%s: pauses its trigger after the fifth, and is not repeated to the limit", async (_, reply) => {
		await using database = await relayDatabase();
		await using reward = await startScriptedReward();
		reward.respond(() => reply(reward.requests.length - 1));
		await insert(database, { trigger: "odd" });
		await using relay = await startRelay(database, reward, { maxAttempts: 20, requestTimeoutMs: 300 });
		await until("the trigger is paused", async () => (await pauseOf(database)) !== undefined);
		expect(await pauseOf(database)).toMatchObject({ is_rare: true });
		expect(reward.requests.length).toBe(5);
		await relay.stop();
	});

	test("to many events of one trigger pauses it before each of them has been asked three times", async () => {
		await using database = await relayDatabase();
		await using reward = await startScriptedReward({ script: page() });
		await insert(database, { trigger: "odd" }, 200);
		await using relay = await startRelay(database, reward, {
			maxAttempts: 20,
			backoffBaseMs: 600_000,
			backoffCapMs: 600_000,
		});
		await until("the trigger is paused", async () => (await pauseOf(database)) !== undefined);
		const asked = reward.requests.length;
		expect(asked).toBeLessThan(40);
		await insert(database, { trigger: "good" }, 20);
		reward.respond(success());
		await until("the others go on", async () => (await countByStatus(database))["delivered"] === 20);
		expect(reward.requests.length).toBe(asked + 20);
		await relay.stop();
	});

	test("to one event of a trigger whose others are accepted: that one is uncertain, and no other waits for it", async () => {
		await using database = await relayDatabase();
		await using reward = await startScriptedReward();
		const delivered = async () => (await countByStatus(database))["delivered"] ?? 0;
		reward.respond(async ({ userId }) => {
			if (userId !== "odd") return success();
			// Another one is accepted between any two answers to it.
			const before = await delivered();
			await insert(database);
			await until("another one is accepted", async () => (await delivered()) > before);
			return page();
		});
		await insert(database, { user: "odd" });
		await using relay = await startRelay(database, reward, {
			maxAttempts: 20,
			requestTimeoutMs: 15_000,
			leaseMs: 30_000,
		});
		await until("the odd one is uncertain", async () => (await countByStatus(database))["uncertain"] === 1);
		expect(reward.requests.filter(({ userId }) => userId === "odd").length).toBe(3);
		expect(await pauseOf(database)).toBeUndefined();
		await insert(database, {}, 20);
		await until("the others go on", async () => !("pending" in (await countByStatus(database))));
		await relay.stop();
	});

	test("is not meant by connections that break or fall silent: those are tried to the limit", async () => {
		await using database = await relayDatabase();
		await using reward = await startScriptedReward();
		reward.respond(() => (reward.requests.length % 2 === 0 ? resetAfterApplying() : hang()));
		await insert(database);
		await using relay = await startRelay(database, reward, { maxAttempts: 8, requestTimeoutMs: 300 });
		await untilAll(database, { dead: 1 });
		expect(reward.requests).toHaveLength(8);
		expect(await pauseOf(database)).toBeUndefined();
		await relay.stop();
	});

	test("to three different events of an at-most-once trigger pauses it too", async () => {
		await using database = await relayDatabase();
		await using reward = await startScriptedReward({ script: page() });
		await database.query("SELECT reward_outbox.set_trigger('once', $1)", [{ mode: "at_most_once" }]);
		await insert(database, { trigger: "once" }, 3);
		await using relay = await startRelay(database, reward);
		await until("the trigger is paused", async () => (await pauseOf(database))?.["paused_reason"] != null);
		await insert(database, { trigger: "once" }, 20);
		await untilAll(database, { uncertain: 3, pending: 20 });
		await relay.stop();
	});

	test("of a Reward that is down is none of those: no trigger is paused", async () => {
		await using database = await relayDatabase();
		await using reward = await startScriptedReward({ script: answer(500, "down") });
		await insert(database);
		await using relay = await startRelay(database, reward, { maxAttempts: 8 });
		await untilAll(database, { dead: 1 });
		expect(reward.requests).toHaveLength(8);
		expect(await pauseOf(database)).toBeUndefined();
		await relay.stop();
	});
});
