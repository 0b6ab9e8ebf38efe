import { describe, expect, test } from "vitest";
import { insert, insertOne } from "../store/events.ts";
import {
	answer,
	delayed,
	hang,
	type Reply,
	redirect,
	resetAfterApplying,
	type ScriptedRequest,
	startScriptedReward,
	success,
	truncated,
} from "../support/scripted-reward.ts";
import { expectInvariants } from "./invariants.ts";
import { countByStatus, relayDatabase, startRelay, until, untilAll } from "./running.ts";

const json = (status: number, code: string, headers = {}) =>
	answer(status, JSON.stringify({ error: { code, message: "no" } }), headers);

describe("what an outcome leads to, from the wire to the record", () => {
	// The reply; then status and outcomes at least once (two attempts allowed), and at most once.
	const DELIVERED = ["delivered", ["accepted"]] as const;
	const REFUSED = ["dead", ["refused"]] as const;
	const EXHAUSTED = ["dead", ["ambiguous", "ambiguous"]] as const;
	const HELD = ["uncertain", ["ambiguous"]] as const;
	type End = readonly [string, readonly string[]];
	const table: [string, () => Reply, End, End, string | null][] = [
		["the documented success", success, DELIVERED, DELIVERED, null],
		["204", () => answer(204), DELIVERED, DELIVERED, null],
		["400", () => json(400, "missing_field"), REFUSED, REFUSED, "missing_field: no"],
		["409", () => answer(409), REFUSED, REFUSED, "http_409: HTTP 409 was the answer"],
		["422", () => json(422, "bad_value"), REFUSED, REFUSED, "bad_value: no"],
		["404 that names the user", () => json(404, "user_not_found"), REFUSED, REFUSED, "user_not_found: no"],
		["500", () => json(500, "internal"), EXHAUSTED, HELD, "internal: no"],
		["502 with HTML", () => answer(502, "<html>"), EXHAUSTED, HELD, "http_502"],
		["a redirect", () => redirect("http://127.0.0.1:1/"), EXHAUSTED, HELD, "redirect"],
		["200 with HTML", () => answer(200, "<html>"), EXHAUSTED, HELD, "unexpected_body"],
		["200 that says failure", () => answer(200, '{"success":false}'), EXHAUSTED, HELD, "contradictory_response"],
		["an answer that is cut off", () => truncated(), EXHAUSTED, HELD, null],
		["a reset after the event was applied", () => resetAfterApplying(), EXHAUSTED, HELD, null],
		["no answer at all", () => hang(), EXHAUSTED, HELD, "deadline"],
	];
	test.each(table)("%s", async (_name, reply, [status, outcomes], [statusOnce, outcomesOnce], error) => {
		await using database = await relayDatabase();
		await using reward = await startScriptedReward({ script: reply() });
		await database.query(`SELECT reward_outbox.set_trigger('once', '{"mode": "at_most_once"}')`);
		const ids = [await insertOne(database, { trigger: "often" }), await insertOne(database, { trigger: "once" })];
		await using relay = await startRelay(database, reward, { maxAttempts: 2, requestTimeoutMs: 250 });
		await until("both have ended", async () => {
			const { pending = 0, sending = 0 } = await countByStatus(database);
			return pending + sending === 0;
		});
		await relay.stop();
		const { rows } = await database.query(
			`SELECT e.status, e.attempts, e.last_error, array(SELECT a.outcome FROM reward_outbox.attempts a WHERE a.event_id = e.id ORDER BY a.attempt) AS outcomes,
			        (SELECT count(DISTINCT a.relay)::int FROM reward_outbox.attempts a WHERE a.event_id = e.id AND a.duration_ms >= 0) AS relays
			 FROM reward_outbox.events e ORDER BY array_position($1::uuid[], e.id)`,
			[ids],
		);
		expect(rows).toMatchObject([
			{ status, attempts: outcomes.length, outcomes, relays: 1 },
			{ status: statusOnce, attempts: outcomesOnce.length, outcomes: outcomesOnce, relays: 1 },
		]);
		if (error !== null) expect(rows[0]?.["last_error"]).toContain(error);
		await expectInvariants(database, reward);
	});
});

describe("a retry", () => {
	test("carries the same Idempotency-Key and the same bytes, until Reward accepts", async () => {
		await using database = await relayDatabase();
		await using reward = await startScriptedReward();
		reward.enqueue(answer(500), resetAfterApplying(), answer(503), success());
		const id = await insertOne(database);
		await using relay = await startRelay(database, reward);
		await untilAll(database, { delivered: 1 });
		await relay.stop();
		expect(reward.requests.map((request) => request.idempotencyKey)).toEqual([id, id, id, id]);
		expect(new Set(reward.requests.map((request) => `${request.path} ${request.body}`)).size).toBe(1);
		await expectInvariants(database, reward);
	});

	test.each([
		["429", 429],
		["503", 503],
	])("after a %s comes no earlier than asked", async (_name, status) => {
		await using database = await relayDatabase();
		await using reward = await startScriptedReward();
		reward.enqueue(answer(status, "", { "retry-after": "1" }));
		await insertOne(database);
		await using relay = await startRelay(database, reward, { maxAttempts: 2 });
		await untilAll(database, { delivered: 1 });
		await relay.stop();
		const [first, second] = reward.requests.map((request) => request.receivedAt);
		// Timers and the two clocks may disagree by a moment.
		expect((second as number) - (first as number)).toBeGreaterThan(980);
		await expectInvariants(database, reward);
	});
});

test("a 429 without end never kills an event", async () => {
	await using database = await relayDatabase();
	await using reward = await startScriptedReward();
	reward.enqueue(...Array.from({ length: 6 }, () => answer(429, "", { "retry-after": "0" })));
	await insertOne(database);
	await using relay = await startRelay(database, reward, { maxAttempts: 1 });
	await untilAll(database, { delivered: 1 });
	await relay.stop();
	expect(reward.requests).toHaveLength(7);
	await expectInvariants(database, reward);
});

describe("on the wire", () => {
	test("the body is the payload as PostgreSQL prints it, and each id is one path segment, byte for byte", async () => {
		await using database = await relayDatabase();
		await using reward = await startScriptedReward();
		const payloads = [
			'{"value":1e400}',
			'{"value": 1.10}',
			'{"value":123456789012345678901234567890}',
			'{"b":1,"a":"\\u00e9\\u2028"}',
			"{}",
		];
		const hostile = ["../../x", "a/b?c#d%2e&+", "\\", " blank ", "☕🏳️‍🌈", "\u202eabc", "مرحبا", "...", "'\"<>"];
		for (const payload of payloads) await insert(database, { payload });
		for (const id of hostile) await insert(database, { trigger: id, user: id });
		await using relay = await startRelay(database, reward);
		await untilAll(database, { delivered: payloads.length + hostile.length });
		await relay.stop();
		const { rows } = await database.query(
			"SELECT id, trigger_id, user_id, payload::text AS body FROM reward_outbox.outbox",
		);
		for (const row of rows) {
			const request = reward.requests.find((sent) => sent.idempotencyKey === row["id"]) as ScriptedRequest;
			expect(request.body.toString()).toBe(row["body"]);
			expect(request.path).toMatch(/^\/v1\/triggers\/[^/?#]+\/users\/[^/?#]+\/events$/);
			expect([request.triggerId, request.userId]).toEqual([row["trigger_id"], row["user_id"]]);
		}
		const bodies = reward.requests.map((request) => request.body.toString());
		expect(bodies).toContain(`{"value": 1${"0".repeat(400)}}`);
		expect(bodies).toContain('{"value": 1.10}');
		expect(bodies).toContain('{"value": 123456789012345678901234567890}');
	});
});

test("a slow Reward is used to the full: nothing waits for a poll", async () => {
	await using database = await relayDatabase();
	await using reward = await startScriptedReward({ script: delayed(650, success()) });
	await insert(database, {}, 48);
	await using relay = await startRelay(database, reward);
	await untilAll(database, { delivered: 48 }, 10_000);
	await relay.stop();
	await expectInvariants(database, reward);
});

test("an event that is written while the relay is idle is sent at once, and a delayed one when it is due", async () => {
	await using database = await relayDatabase();
	await using reward = await startScriptedReward();
	await using relay = await startRelay(database, reward);
	await until("it listens", async () => ((await relay.health()).listener as { mode: string }).mode === "listening");
	for (let n = 1; n <= 5; n++) {
		await insertOne(database);
		await reward.waitFor(({ requests }) => requests.length === n);
	}
	const id = await insertOne(database, { deliverAfter: "clock_timestamp() + interval '400 milliseconds'" });
	await untilAll(database, { delivered: 6 });
	await relay.stop();
	const { rows } = await database.query(
		"SELECT a.started_at >= o.deliver_after AS late_enough FROM reward_outbox.attempts a JOIN reward_outbox.outbox o ON o.id = a.event_id WHERE o.id = $1",
		[id],
	);
	expect(rows).toEqual([{ late_enough: true }]);
	await expectInvariants(database, reward);
});

test("events with an ordering key arrive in order although some fail at first, and the keys do not wait for each other", async () => {
	await using database = await relayDatabase();
	const failed = new Set<string>();
	await using reward = await startScriptedReward({
		script: ({ idempotencyKey }) => {
			if (failed.has(idempotencyKey) || idempotencyKey.charCodeAt(35) % 2 === 0) return success();
			failed.add(idempotencyKey);
			return answer(500);
		},
	});
	for (let n = 0; n < 30; n++) await insert(database, { orderingKey: `key${n % 3}` });
	await using relay = await startRelay(database, reward);
	await untilAll(database, { delivered: 30 });
	await relay.stop();
	expect(failed.size).toBeGreaterThan(0);
	await expectInvariants(database, reward);
});
