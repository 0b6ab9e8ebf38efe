import { describe, expect, test } from "vitest";
import { pauseForFault } from "../../src/store/trigger-faults.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { accept, claimAll, claimOnce, eventRow, fail, ids, insert, insertOne, makeDue, statusOf } from "./events.ts";

function setTrigger(database: TestDatabase, trigger: string, changes: object): Promise<unknown> {
	return database.query("SELECT reward_outbox.set_trigger($1, $2)", [trigger, JSON.stringify(changes)]);
}

/** Puts events where retries are: claimed once, failed, due now. */
async function waiting(database: TestDatabase, count: number, trigger = "payment"): Promise<string[]> {
	await insert(database, { trigger }, count);
	const events = await claimAll(database, { limit: 500, lookForDue: false });
	await fail(database, events);
	return ids(events);
}

function byTrigger(events: readonly { triggerId: string }[]): Record<string, number> {
	const counts: Record<string, number> = {};
	for (const { triggerId } of events) counts[triggerId] = (counts[triggerId] ?? 0) + 1;
	return counts;
}

describe("the size of a claim", () => {
	test("never exceeds the limit", async () => {
		await using database = await createTestDatabase();
		await waiting(database, 20);
		await insert(database, {}, 20);
		for (const limit of [1, 2, 3, 7])
			expect((await claimOnce(database, { limit })).events.length).toBeLessThanOrEqual(limit);
	});

	test("is capped in bytes: large payloads come in small claims, all of them, each once", async () => {
		await using database = await createTestDatabase();
		const payload = JSON.stringify({ blob: "x".repeat(60_000) });
		const inserted = await insert(database, { payload }, 5);
		const sizes: number[] = [];
		const found: string[] = [];
		for (let more = true; more; ) {
			const claim = await claimOnce(database, { limit: 50, lookForDue: false });
			more = claim.more;
			// The last one only finds that there is nothing more.
			if (claim.events.length > 0) sizes.push(claim.events.length);
			found.push(...ids(claim.events));
		}
		expect(sizes).toEqual([1, 1, 1, 1, 1]);
		expect(found).toEqual(inserted);
	});

	test("is capped in bytes for events that waited as well", async () => {
		await using database = await createTestDatabase();
		const payload = JSON.stringify({ blob: "x".repeat(30_000) });
		await insert(database, { payload }, 4);
		await fail(database, await claimAll(database));
		const first = await claimOnce(database);
		expect([first.events.length, first.nextDueMs]).toEqual([2, 0]);
		expect((await claimOnce(database)).events).toHaveLength(2);
		expect((await claimOnce(database)).nextDueMs).toBeNull();
	});

	test("is shared in halves between new and waiting events, and either takes what the other leaves", async () => {
		await using database = await createTestDatabase();
		await waiting(database, 20);
		await insert(database, {}, 20);
		const fromHead = (events: { fromHead: boolean }[]) => events.filter((event) => event.fromHead).length;
		const both = (await claimOnce(database, { limit: 10 })).events;
		expect([both.length, fromHead(both)]).toEqual([10, 5]);
		const onlyNew = (await claimOnce(database, { limit: 10, lookForDue: false })).events;
		expect([onlyNew.length, fromHead(onlyNew)]).toEqual([10, 10]);
		await claimAll(database, { lookForDue: false });
		const onlyWaiting = (await claimOnce(database, { limit: 10 })).events;
		expect([onlyWaiting.length, fromHead(onlyWaiting)]).toEqual([10, 0]);
	});

	test("is shared equally between the triggers that wait, so that one with a large backlog starves nobody", async () => {
		await using database = await createTestDatabase();
		for (const trigger of ["noisy", "a", "b"]) await waiting(database, trigger === "noisy" ? 300 : 5, trigger);
		const counts = byTrigger((await claimOnce(database, { limit: 30 })).events);
		expect(counts).toEqual({ a: 5, b: 5, noisy: expect.any(Number) });
	});
});

describe("when to look again", () => {
	test("is the time of the earliest waiting event", async () => {
		await using database = await createTestDatabase();
		await insert(database, { deliverAfter: "clock_timestamp() + interval '10 minutes'" });
		await insert(database, { trigger: "other", deliverAfter: "clock_timestamp() + interval '1 hour'" });
		const { nextDueMs } = await claimOnce(database);
		expect(nextDueMs).toBeGreaterThan(590_000);
		expect(nextDueMs).toBeLessThanOrEqual(600_000);
	});

	test("is at once when there was no room for all that is due", async () => {
		await using database = await createTestDatabase();
		for (const trigger of ["a", "b", "c"]) await waiting(database, 1, trigger);
		const claim = await claimOnce(database, { limit: 1 });
		expect([claim.events.length, claim.nextDueMs]).toEqual([1, 0]);
	});

	test("is unknown when it was not looked for, and never when nothing waits", async () => {
		await using database = await createTestDatabase();
		expect((await claimOnce(database, { lookForDue: false })).nextDueMs).toBeUndefined();
		expect((await claimOnce(database)).nextDueMs).toBeNull();
	});

	test("is never for a trigger that has all it may have in flight, however many tokens it has: an answer wakes it", async () => {
		await using database = await createTestDatabase();
		await setTrigger(database, "payment", { max_in_flight: 1, rate_per_second: 1_000 });
		await insert(database, {}, 3);
		expect((await claimOnce(database)).events).toHaveLength(1);
		expect(await claimOnce(database)).toMatchObject({ events: [], nextDueMs: null });
	});
});

describe("deliver_after", () => {
	test("keeps an event back until its time", async () => {
		await using database = await createTestDatabase();
		const id = await insertOne(database, { deliverAfter: "clock_timestamp() + interval '1 hour'" });
		expect(await claimAll(database)).toEqual([]);
		expect(await statusOf(database, id)).toBe("pending");
		await makeDue(database);
		expect(ids(await claimAll(database))).toEqual([id]);
	});

	test("in the past means now", async () => {
		await using database = await createTestDatabase();
		const id = await insertOne(database, { deliverAfter: "'1999-01-01'" });
		expect(ids(await claimAll(database))).toEqual([id]);
	});
});

describe("a paused trigger", () => {
	test("keeps its events, new and waiting, while others go on; resumed, they go", async () => {
		await using database = await createTestDatabase();
		const waited = await waiting(database, 2);
		await database.query("SELECT reward_outbox.pause_trigger('payment', 'a test')");
		const fresh = await insert(database, {}, 2);
		const other = await insert(database, { trigger: "other" }, 2);
		expect(ids(await claimAll(database))).toEqual(other);
		expect((await claimOnce(database)).nextDueMs).toBeNull();
		await database.query("SELECT reward_outbox.resume_trigger('payment')");
		expect(ids(await claimAll(database)).toSorted()).toEqual([...waited, ...fresh].toSorted());
	});

	test("that a relay paused lets one event through when its probe is due, and no second one meanwhile", async () => {
		await using database = await createTestDatabase();
		expect(await pauseForFault(database.pool, "payment", "relay", "unknown_trigger", "unknown", 60_000)).toBe(true);
		expect(await pauseForFault(database.pool, "payment", "relay", "unknown_trigger", "unknown", 60_000)).toBe(false);
		await insert(database, {}, 3);
		const early = await claimOnce(database);
		expect(early.events).toEqual([]);
		expect(early.nextDueMs).toBeGreaterThan(30_000);
		expect(early.nextDueMs).toBeLessThanOrEqual(60_000);
		await database.query("UPDATE reward_outbox.triggers SET probe_at = clock_timestamp()");
		const probes = await claimAll(database);
		expect(probes).toHaveLength(1);
		await fail(database, probes, { decision: { next: "pending", delayMs: 0, excused: true } });
		const { rows } = await database.query(
			"SELECT probes, probe_at > clock_timestamp() + interval '90 seconds' AS later FROM reward_outbox.triggers",
		);
		expect(rows).toEqual([{ probes: 1, later: true }]);
		await database.query("UPDATE reward_outbox.triggers SET probe_at = clock_timestamp()");
		await accept(database, await claimAll(database));
		expect(await claimAll(database)).toHaveLength(2);
	});

	test("that a person paused is not resumed by an acceptance that was under way", async () => {
		await using database = await createTestDatabase();
		await waiting(database, 2);
		const { events } = await claimOnce(database, { limit: 1 });
		await database.query("SELECT reward_outbox.pause_trigger('payment', 'a test')");
		await accept(database, events);
		expect(await claimAll(database)).toEqual([]);
	});

	test("does not get more probes than there is room", async () => {
		await using database = await createTestDatabase();
		for (const trigger of ["a", "b", "c"]) {
			await waiting(database, 1, trigger);
			await pauseForFault(database.pool, trigger, "relay", "unknown_trigger", "unknown", 2_000);
		}
		await database.query("UPDATE reward_outbox.triggers SET probe_at = clock_timestamp()");
		expect((await claimOnce(database, { limit: 2 })).events).toHaveLength(2);
	});
});

describe("limits of a trigger", () => {
	test("a rate holds across claimers: together they get the bucket and no more, and learn when to come again", async () => {
		await using database = await createTestDatabase();
		const begunAt = performance.now();
		await setTrigger(database, "payment", { rate_per_second: 2 });
		await insert(database, {}, 20);
		const claims = await Promise.all([claimOnce(database), claimOnce(database), claimOnce(database)]);
		// The bucket begins with one token and fills by two a second.
		const most = 1 + (2 * (performance.now() - begunAt)) / 1000;
		expect(claims.flatMap((claim) => claim.events).length).toBeLessThanOrEqual(most);
		const { nextDueMs } = await claimOnce(database);
		expect(nextDueMs).toBeGreaterThan(0);
		expect(nextDueMs).toBeLessThanOrEqual(500);
		await database.query("UPDATE reward_outbox.triggers SET refilled_at = refilled_at - interval '1 minute'");
		expect(await claimOnce(database)).toMatchObject({ events: { length: 2 } });
	});

	test("a rate below one a second still lets one through", async () => {
		await using database = await createTestDatabase();
		await setTrigger(database, "payment", { rate_per_second: 0.01 });
		await insert(database, {}, 3);
		expect((await claimOnce(database)).events).toHaveLength(1);
		const { events, nextDueMs } = await claimOnce(database);
		expect(events).toEqual([]);
		expect(nextDueMs).toBeGreaterThan(30_000);
	});

	test("a rate counts events that come one by one as well", async () => {
		await using database = await createTestDatabase();
		await setTrigger(database, "payment", { rate_per_second: 0.01 });
		await insert(database);
		expect((await claimOnce(database)).events).toHaveLength(1);
		await insert(database);
		expect((await claimOnce(database)).events).toEqual([]);
	});

	test("a limit in flight holds across claimers, and what is settled makes room", async () => {
		await using database = await createTestDatabase();
		await setTrigger(database, "payment", { max_in_flight: 3 });
		await insert(database, {}, 10);
		const claims = await Promise.all([claimOnce(database), claimOnce(database), claimOnce(database)]);
		const inFlight = claims.flatMap((claim) => claim.events);
		expect(inFlight).toHaveLength(3);
		expect((await claimOnce(database)).nextDueMs).toBeNull();
		await accept(database, inFlight.slice(0, 2), []);
		expect((await claimOnce(database)).events).toHaveLength(2);
	});

	test("neither holds back another trigger", async () => {
		await using database = await createTestDatabase();
		await setTrigger(database, "payment", { max_in_flight: 1, rate_per_second: 1 });
		await insert(database, {}, 10);
		await insert(database, { trigger: "other" }, 10);
		expect(byTrigger(await claimAll(database))).toEqual({ payment: 1, other: 10 });
	});

	test("the trigger's own mode and attempts come with its events, first attempts and later ones", async () => {
		await using database = await createTestDatabase();
		await setTrigger(database, "payment", { mode: "at_most_once", max_attempts: 7 });
		await insert(database);
		const [first] = await claimAll(database);
		await fail(database, first === undefined ? [] : [first], {
			decision: { next: "pending", delayMs: 0, excused: true },
		});
		const [second] = await claimAll(database);
		expect(first).toMatchObject({ atMostOnce: true, maxAttempts: 7, attempt: 1, excused: 0 });
		expect(second).toMatchObject({ atMostOnce: true, maxAttempts: 7, attempt: 2, excused: 1, fromHead: false });
	});

	test("and with those that are read out of a backlog", async () => {
		await using database = await createTestDatabase();
		await setTrigger(database, "payment", { mode: "at_most_once", max_attempts: 7 });
		await insert(database, {}, 10);
		const events = await claimAll(database, { limit: 3 });
		expect(events).toHaveLength(10);
		for (const event of events) expect(event).toMatchObject({ atMostOnce: true, maxAttempts: 7, fromHead: true });
	});
});

describe("what the caller asks to be left out", () => {
	test("is left out, new and waiting, and stays as it was", async () => {
		await using database = await createTestDatabase();
		const [waited] = await waiting(database, 1);
		const fresh = await insertOne(database);
		const other = await insertOne(database, { trigger: "other" });
		expect(ids(await claimAll(database, { heldBack: ["payment"] }))).toEqual([other]);
		expect(await eventRow(database, fresh)).toMatchObject({ status: "pending", attempts: 0 });
		expect(ids(await claimAll(database)).toSorted()).toEqual([waited, fresh].toSorted());
	});

	test("and of a trigger that is probed, one event comes at a time", async () => {
		await using database = await createTestDatabase();
		await waiting(database, 5);
		await insert(database, {}, 5);
		await insert(database, { trigger: "other" }, 5);
		expect(byTrigger((await claimOnce(database, { probing: ["payment"] })).events)).toEqual({ payment: 1, other: 5 });
	});

	test("probes take no more than there is room", async () => {
		await using database = await createTestDatabase();
		for (const trigger of ["a", "b", "c"]) await waiting(database, 2, trigger);
		expect((await claimOnce(database, { limit: 1, probing: ["a", "b", "c"] })).events).toHaveLength(1);
	});
});
