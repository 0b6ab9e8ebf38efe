import { describe, expect, test } from "vitest";
import { insert, insertOne, statusOf } from "../store/events.ts";
import { answer, type ScriptedRequest, startScriptedReward, success } from "../support/scripted-reward.ts";
import { expectInvariants } from "./invariants.ts";
import { countByStatus, KEY, relayDatabase, startRelay, until, untilAll } from "./running.ts";

const json = (status: number, code: string) => answer(status, JSON.stringify({ error: { code, message: "no" } }));

function usesKey(key: string) {
	return ({ headers }: ScriptedRequest) =>
		headers.get("authorization") === `Bearer ${key}` ? success() : json(401, "unauthorized");
}

/** The most requests that were on their way at the same moment. */
function countInFlight() {
	let inFlight = 0;
	const counter = { most: 0 };
	const enter = () => {
		inFlight++;
		counter.most = Math.max(counter.most, inFlight);
	};
	return { counter, enter, leave: () => inFlight-- };
}

describe("while Reward refuses the key", () => {
	test("the relay is paused and says why, nothing is dead, one request at a time probes, and it resumes by itself", async () => {
		await using database = await relayDatabase();
		await using reward = await startScriptedReward({ script: json(401, "unauthorized") });
		await insert(database, {}, 40);
		await using relay = await startRelay(database, reward, { maxAttempts: 1 });
		await until("it is paused", async () => (await relay.health()).paused !== null);
		expect((await relay.health()).paused).toMatchObject({ code: "key_refused" });
		await untilAll(database, { pending: 40 });
		const { counter, enter, leave } = countInFlight();
		const burst = reward.requests.length;
		expect(burst).toBeLessThanOrEqual(16);
		reward.respond(async () => {
			enter();
			await new Promise(setImmediate);
			leave();
			return json(401, "unauthorized");
		});
		await reward.waitFor(({ requests }) => requests.length >= burst + 2);
		expect([counter.most, reward.requests.length]).toEqual([1, burst + 2]);
		reward.respond(success());
		await untilAll(database, { delivered: 40 });
		expect((await relay.health()).paused).toBeNull();
		await relay.stop();
		await expectInvariants(database, reward);
	});

	test("a key that was rotated is read again after the first 401, and tried at once", async () => {
		await using database = await relayDatabase();
		const rotated = "sk_test_the_next_one";
		await using reward = await startScriptedReward({ script: usesKey(rotated) });
		const keys = [KEY];
		let readings = 0;
		await using relay = await startRelay(database, reward, {
			maxAttempts: 1,
			rewardApiKey: () => {
				readings++;
				return keys[0] as string;
			},
		});
		expect(readings).toBe(1);
		keys[0] = rotated;
		await insert(database, {}, 40);
		await untilAll(database, { delivered: 40 });
		// The first probe of a pause without a new key comes after a second.
		const accepted = reward.requests.find(({ headers }) => headers.get("authorization") === `Bearer ${rotated}`);
		expect((accepted?.receivedAt as number) - (reward.requests[0]?.receivedAt as number)).toBeLessThan(900);
		expect(readings).toBeGreaterThan(1);
		await relay.stop();
		await expectInvariants(database, reward);
	});

	test("reloadKey() says whether the key has changed, and a new one ends the pause", async () => {
		await using database = await relayDatabase();
		await using reward = await startScriptedReward({ script: usesKey("sk_test_new") });
		const keys = [KEY];
		await using relay = await startRelay(database, reward, { rewardApiKey: () => keys[0] as string });
		await insert(database, {}, 3);
		await until("it is paused", async () => (await relay.health()).paused !== null);
		expect(await relay.reloadKey()).toBe(false);
		keys[0] = "sk_test_new";
		expect(await relay.reloadKey()).toBe(true);
		await untilAll(database, { delivered: 3 });
		keys[0] = "not\na key";
		expect(await relay.reloadKey()).toBe(false);
		await insertOne(database);
		await untilAll(database, { delivered: 4 });
		await relay.stop();
		await expectInvariants(database, reward);
	});
});

const FIREWALL = answer(403, "<html><body>Request blocked. Reference 0.4a1f</body></html>");

describe("a 403 that says nothing of the key", () => {
	test("for some payloads only: those end as dead by themselves, and no other waits for them", async () => {
		await using database = await relayDatabase();
		await using reward = await startScriptedReward({
			script: ({ userId }) => (userId === "blocked" ? FIREWALL : success()),
		});
		await using relay = await startRelay(database, reward, { maxAttempts: 20 });
		for (let n = 0; n < 5; n++) {
			await insert(database, {}, 40);
			await insert(database, { user: "blocked" });
			await insert(database, {}, 40);
		}
		await until("the good ones are delivered", async () => (await countByStatus(database))["delivered"] === 400);
		// Something has to be accepted after the refusal for anybody to know.
		await until("the others are dead", async () => {
			await insertOne(database);
			return (await countByStatus(database))["dead"] === 5;
		});
		const text = await relay.metrics();
		expect(text).toContain('reward_outbox_pauses_total{scope="relay"} 0');
		const { rows } = await database.query("SELECT last_error FROM reward_outbox.events WHERE status = 'dead' LIMIT 1");
		expect(rows[0]?.["last_error"]).toContain("403");
		await relay.stop();
		await expectInvariants(database, reward);
	});

	test("alone pauses nothing: what is written meanwhile is sent at once", async () => {
		await using database = await relayDatabase();
		await using reward = await startScriptedReward({
			script: ({ userId }) => (userId === "blocked" ? FIREWALL : success()),
		});
		await using relay = await startRelay(database, reward, { maxAttempts: 2 });
		await insert(database, { user: "blocked" });
		await reward.waitFor(({ requests }) => requests.length >= 4);
		expect((await relay.health()).paused).toBeNull();
		expect((await countByStatus(database))["dead"]).toBeUndefined();
		await insertOne(database);
		await until("it is sent", async () => (await countByStatus(database))["delivered"] === 1);
		// A refusal that ended after that one was sent says nothing: something has to be accepted after it.
		await until("the refused one is dead", async () => {
			await insertOne(database);
			return (await countByStatus(database))["dead"] === 1;
		});
		await until("the others are sent", async () => {
			const { pending, sending } = await countByStatus(database);
			return pending === undefined && sending === undefined;
		});
		await relay.stop();
		await expectInvariants(database, reward);
	});

	test("for every event pauses the relay, and nothing is dead", async () => {
		await using database = await relayDatabase();
		await using reward = await startScriptedReward({ script: FIREWALL });
		await insert(database, {}, 20);
		await using relay = await startRelay(database, reward, { maxAttempts: 1 });
		await until("it is paused", async () => (await relay.health()).paused !== null);
		expect((await relay.health()).paused).toMatchObject({ reason: expect.stringContaining("refuses every event") });
		await untilAll(database, { pending: 20 });
		reward.respond(success());
		await untilAll(database, { delivered: 20 });
		await relay.stop();
		await expectInvariants(database, reward);
	});
});

describe("a 404", () => {
	const unknownTrigger = json(404, "trigger_not_found");
	const nameless = json(404, "not_found");

	async function pausedTriggers(database: Awaited<ReturnType<typeof relayDatabase>>): Promise<string[]> {
		const { rows } = await database.query("SELECT trigger_id FROM reward_outbox.triggers WHERE paused_at IS NOT NULL");
		return rows.map((row) => row["trigger_id"] as string);
	}

	test("that names the trigger pauses it, others go on; it is probed, and resumes when Reward knows it", async () => {
		await using database = await relayDatabase();
		let known = false;
		await using reward = await startScriptedReward({
			script: ({ triggerId }) => (triggerId === "new" && !known ? unknownTrigger : success()),
		});
		await insert(database, { trigger: "new" }, 20);
		await insert(database, { trigger: "old" }, 20);
		await using relay = await startRelay(database, reward, { maxAttempts: 1 });
		await untilAll(database, { pending: 20, delivered: 20 });
		expect(await pausedTriggers(database)).toEqual(["new"]);
		const { rows } = await database.query("SELECT paused_by, paused_reason FROM reward_outbox.triggers");
		expect(rows[0]).toMatchObject({
			paused_by: expect.stringMatching(/./),
			paused_reason: expect.stringContaining("HTTP 404, trigger_not_found"),
		});
		const refusals = reward.requests.filter(({ triggerId }) => triggerId === "new").length;
		expect(refusals).toBeLessThanOrEqual(16);
		known = true;
		await untilAll(database, { delivered: 40 });
		expect(await pausedTriggers(database)).toEqual([]);
		await relay.stop();
		await expectInvariants(database, reward);
	});

	test("that names nobody pauses the trigger once three users were refused and none accepted", async () => {
		await using database = await relayDatabase();
		await using reward = await startScriptedReward({ script: nameless });
		for (const user of ["u1", "u2", "u3", "u4"]) await insert(database, { user });
		await using relay = await startRelay(database, reward);
		await until("the trigger is paused", async () => (await pausedTriggers(database)).length === 1);
		expect((await countByStatus(database))["dead"]).toBeUndefined();
		reward.respond(success());
		await untilAll(database, { delivered: 4 });
		await relay.stop();
		await expectInvariants(database, reward);
	});

	test("that names nobody kills the event when Reward has accepted a later one of the trigger", async () => {
		await using database = await relayDatabase();
		await using reward = await startScriptedReward({
			script: ({ userId }) => (userId === "gone" ? nameless : success()),
		});
		const gone = await insertOne(database, { user: "gone" });
		await insert(database, { user: "there" }, 3);
		await using relay = await startRelay(database, reward, { maxAttempts: 20 });
		await untilAll(database, { dead: 1, delivered: 3 });
		expect(await statusOf(database, gone)).toBe("dead");
		expect(await pausedTriggers(database)).toEqual([]);
		await relay.stop();
		await expectInvariants(database, reward);
	});

	test("that names nobody and stays alone is retried until its attempts are used up", async () => {
		await using database = await relayDatabase();
		await using reward = await startScriptedReward({ script: nameless });
		await insert(database);
		await using relay = await startRelay(database, reward, { maxAttempts: 3 });
		await untilAll(database, { dead: 1 });
		expect(reward.requests).toHaveLength(3);
		await relay.stop();
		await expectInvariants(database, reward);
	});
});

test("a trigger that is told to slow down does not slow down the others", async () => {
	await using database = await relayDatabase();
	let slow = true;
	await using reward = await startScriptedReward({
		script: ({ triggerId }) => (triggerId === "slow" && slow ? answer(429, "", { "retry-after": "1" }) : success()),
	});
	await insert(database, { trigger: "slow" }, 100);
	await insert(database, { trigger: "fast" }, 100);
	await using relay = await startRelay(database, reward, { maxAttempts: 1 });
	await untilAll(database, { delivered: 100, pending: 100 });
	expect(reward.requests.filter(({ triggerId }) => triggerId === "slow").length).toBeLessThanOrEqual(16);
	slow = false;
	await untilAll(database, { delivered: 200 });
	await relay.stop();
	await expectInvariants(database, reward);
});
