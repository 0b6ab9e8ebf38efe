import { describe, expect, test } from "vitest";
import { receiveWebhook } from "../../src/store/receipts/receive.ts";
import { setTrigger } from "../../src/store/trigger-policy.ts";
import { relayDatabase, startRelay, untilAll } from "../relay/running.ts";
import { claimAll, fail, insert, insertOne } from "../store/events.ts";
import type { TestDatabase } from "../support/database.ts";
import { resetAfterApplying, resetBeforeApplying, startScriptedReward, success } from "../support/scripted-reward.ts";
import { webhook } from "../webhook/webhooks.ts";
import { AT_MOST_ONCE, decisions, EVENT, receive, why } from "./receiving.ts";

describe("auto-confirm", () => {
	test("an uncertain event resolves itself when its receipt arrives, and the evidence stays with it", async () => {
		await using database = await relayDatabase();
		await using reward = await startScriptedReward();
		await setTrigger(database.pool, "paid", { ...AT_MOST_ONCE, auto_confirm: true }, "test");
		reward.enqueue(resetAfterApplying());
		await using _relay = await startRelay(database, reward, { name: "relay-7" });
		const id = await insertOne(database.pool, EVENT);
		await untilAll(database, { uncertain: 1 });
		expect(await why(database, id)).toContain("there are 0 receipts, for 0 requests that Reward applied and 1");
		await receive(database);
		await untilAll(database, { delivered: 1 }, 30_000);
		expect(await decisions(database)).toMatchObject([
			{
				action: "confirm",
				event_id: id,
				detail: {
					was: "uncertain",
					evidence: {
						verdict: "confirmed",
						class: "unsigned_receipts",
						receipts: 1,
						accepted: 0,
						ambiguous: 1,
						surplus: 0,
					},
				},
			},
		]);
		const told = await why(database, id);
		expect(told).toContain("counted it as delivered");
		expect(told).toContain("evidence, not proof");
		expect(reward.requests).toHaveLength(1);
	});

	test("a receipt with another value, user or trigger confirms nothing, and neither does one that an accepted event explains", async () => {
		await using database = await relayDatabase();
		await using reward = await startScriptedReward();
		await setTrigger(database.pool, "paid", { ...AT_MOST_ONCE, auto_confirm: true }, "test");
		reward.enqueue(success(), resetBeforeApplying());
		await using _relay = await startRelay(database, reward, { concurrency: 1 });
		await insertOne(database.pool, EVENT);
		await untilAll(database, { delivered: 1 });
		await receive(database);
		const id = await insertOne(database.pool, EVENT);
		await untilAll(database, { delivered: 1, uncertain: 1 });
		await receive(database, "ada", "19.91");
		await receive(database, "bob");
		// Proof that it was looked at since: another event that is confirmed.
		reward.enqueue(resetAfterApplying());
		await insertOne(database.pool, { ...EVENT, user: "carl" });
		await untilAll(database, { delivered: 1, uncertain: 2 });
		await receive(database, "carl");
		await untilAll(database, { delivered: 2, uncertain: 1 }, 30_000);
		expect(await why(database, id)).toMatch(
			/1 receipt, for 1 request that Reward applied and 1 of which.*One may still come/,
		);
	});

	test("two that are alike are not told apart: one receipt confirms neither, two confirm both", {
		timeout: 90_000,
	}, async () => {
		await using database = await relayDatabase();
		await using reward = await startScriptedReward();
		await setTrigger(database.pool, "paid", { ...AT_MOST_ONCE, auto_confirm: true }, "test");
		reward.enqueue(resetAfterApplying(), resetAfterApplying(), resetAfterApplying());
		await using _relay = await startRelay(database, reward);
		const [id] = await insert(database.pool, EVENT, 2);
		await insertOne(database.pool, { ...EVENT, user: "carl" });
		await untilAll(database, { uncertain: 3 });
		await receive(database);
		await receive(database, "carl");
		await untilAll(database, { delivered: 1, uncertain: 2 }, 30_000);
		expect(await why(database, id as string)).toContain("which of them they are for cannot be told");
		await receive(database);
		await untilAll(database, { delivered: 3 }, 30_000);
	});

	test("is asked for: by default receipts change nothing", { timeout: 90_000 }, async () => {
		await using database = await relayDatabase();
		await using reward = await startScriptedReward();
		await setTrigger(database.pool, "paid", AT_MOST_ONCE, "test");
		await setTrigger(database.pool, "other", { ...AT_MOST_ONCE, auto_confirm: true }, "test");
		reward.enqueue(resetAfterApplying(), resetAfterApplying());
		await using _relay = await startRelay(database, reward);
		const id = await insertOne(database.pool, EVENT);
		await insertOne(database.pool, { ...EVENT, trigger: "other" });
		await untilAll(database, { uncertain: 2 });
		await receive(database);
		await receiveWebhook(database.pool, Buffer.from(webhook({ trigger: "other", user: "ada", value: "19.9" })));
		await untilAll(database, { delivered: 1, uncertain: 1 }, 30_000);
		expect(await why(database, id)).toContain(`events resolve ${id} --as delivered`);
	});
});

describe("what a relay may do by receipts", () => {
	async function uncertain(database: TestDatabase, count: number) {
		for (let n = 0; n < count; n += 1) await insertOne(database.pool, { ...EVENT, user: `user${n}` });
		const events = await claimAll(database);
		await fail(database, events, { decision: { next: "uncertain" } });
		return events
			.toSorted((a, b) => Number(a.userId.slice(4)) - Number(b.userId.slice(4)))
			.map(({ eventId }) => eventId);
	}

	const decide = async (database: TestDatabase, id: string, delivered: boolean) => {
		const statement = "SELECT reward_outbox.decide_by_receipts($1, $2, 'relay', '{}') AS stopped_by";
		return (await database.query<{ stopped_by: string | null }>(statement, [id, delivered])).rows[0]?.stopped_by;
	};

	test("is checked once more: the policy, a receipt, and that the event is open", async () => {
		await using database = await relayDatabase();
		await setTrigger(database.pool, "paid", AT_MOST_ONCE, "test");
		const [id] = (await uncertain(database, 1)) as [string];
		expect(await decide(database, id, true)).toBe("not_asked");
		expect(await decide(database, id, false)).toBe("not_asked");
		await setTrigger(database.pool, "paid", { auto_confirm: true }, "test");
		expect(await decide(database, id, false)).toBe("not_asked");
		expect(await decide(database, id, true)).toBe("no_receipt");
		await receive(database, "user0");
		expect(await decide(database, id, true)).toBeNull();
		expect(await decide(database, id, true)).toBe("not_open");
		expect(await decide(database, "01900000-0000-7000-8000-000000000000", true)).toBe("not_open");
	});

	test("is capped: 20 of a trigger in a day, or one for each 20 receipts", async () => {
		await using database = await relayDatabase();
		await setTrigger(database.pool, "paid", { ...AT_MOST_ONCE, auto_confirm: true }, "test");
		const ids = await uncertain(database, 22);
		for (let n = 0; n < 22; n += 1) await receive(database, `user${n}`);
		for (const id of ids.slice(0, 20)) expect(await decide(database, id, true)).toBeNull();
		expect(await decide(database, ids[20] as string, true)).toBe("daily_cap");
		await database.query(
			`INSERT INTO reward_outbox.receipts (webhook_id, kind, trigger_id, user_id)
			 SELECT 'more ' || n, 'event', 'paid', 'somebody' FROM generate_series(1, 400) n`,
		);
		expect(await decide(database, ids[20] as string, true)).toBeNull();
		expect(await decide(database, ids[21] as string, true)).toBe("daily_cap");
	});
});

test("a key is read whole or not at all: what is said of more than a thousand alike is nothing", async () => {
	await using database = await relayDatabase();
	const [id] = await insert(database.pool, EVENT, 1_001);
	const read = async () =>
		(await database.query("SELECT reward_outbox.key_evidence($1) ->> 'whole' AS whole", [id])).rows[0]?.["whole"];
	expect(await read()).toBe("false");
	await database.query("DELETE FROM reward_outbox.outbox WHERE id IN (SELECT id FROM reward_outbox.outbox LIMIT 2)");
	const [other] = await insert(database.pool, { ...EVENT, user: "bob" });
	const statement = "SELECT reward_outbox.key_evidence($1) AS key";
	expect((await database.query(statement, [other])).rows[0]?.["key"]).toMatchObject({
		whole: true,
		sends: [],
		receipts: [],
	});
});

describe("after-evidence", () => {
	test("the retry of an ambiguous attempt waits for a receipt, which makes it needless", async () => {
		await using database = await relayDatabase();
		await using reward = await startScriptedReward();
		await setTrigger(database.pool, "paid", { retry_ambiguous: "after_evidence", auto_confirm: true }, "test");
		reward.enqueue(resetAfterApplying(), resetAfterApplying());
		await using _relay = await startRelay(database, reward);
		await insertOne(database.pool, EVENT);
		// Of another trigger: repeated at once.
		await insertOne(database.pool, { ...EVENT, trigger: "other" });
		await untilAll(database, { pending: 1, delivered: 1 });
		const { rows } = await database.query(
			"SELECT next_attempt_at > now() + interval '10 minutes' AS waits FROM reward_outbox.event_states WHERE status = 'pending'",
		);
		expect(rows).toEqual([{ waits: true }]);
		await receive(database);
		await untilAll(database, { delivered: 2 }, 30_000);
		expect(reward.requests.map(({ triggerId }) => triggerId).sort()).toEqual(["other", "other", "paid"]);
	});

	test("how long is measured, and without a receipt it is sent again", async () => {
		await using database = await relayDatabase();
		await using reward = await startScriptedReward();
		await setTrigger(database.pool, "paid", { retry_ambiguous: "after_evidence", auto_confirm: true }, "test");
		await using _relay = await startRelay(database, reward, { concurrency: 1 });
		for (let n = 0; n < 25; n += 1) await insertOne(database.pool, { ...EVENT, user: `user${n}` });
		await untilAll(database, { delivered: 25 });
		for (let n = 0; n < 25; n += 1) await receive(database, `user${n}`);
		await database.query("UPDATE reward_outbox.receipts SET received_at = now()");
		await database.query("UPDATE reward_outbox.attempt_log SET started_at = now() - interval '1 second'");
		await database.query("SELECT reward_outbox.measure_evidence_waits()");
		const { rows } = await database.query("SELECT evidence_wait::text FROM reward_outbox.triggers");
		expect(rows).toEqual([{ evidence_wait: "00:00:05" }]);
		reward.enqueue(resetBeforeApplying());
		await insertOne(database.pool, { ...EVENT, user: "lost" });
		await untilAll(database, { delivered: 26 }, 30_000);
		expect(reward.requests.filter(({ userId }) => userId === "lost")).toHaveLength(2);
		await setTrigger(database.pool, "paid", { retry_ambiguous: "at_once" }, "test");
		expect((await database.query("SELECT evidence_wait FROM reward_outbox.triggers")).rows).toEqual([
			{ evidence_wait: null },
		]);
	});
});
