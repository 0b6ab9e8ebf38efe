import { describe, expect, test } from "vitest";
import type { RetryPolicy } from "../../src/event/backoff.ts";
import { Reaper } from "../../src/relay/reaper.ts";
import { expiredEvents } from "../../src/store/expire.ts";
import { createRelayStore } from "../../src/store/relay-store.ts";
import { systemClock } from "../../src/timing/system-clock.ts";
import {
	accept,
	attemptsOf,
	claimAll,
	claimOnce,
	eventRow,
	expireLeases,
	fail,
	ids,
	insert,
	insertOne,
	makeDue,
	someRelay,
	statusOf,
} from "../store/events.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";

const POLICY: RetryPolicy = { maxAttempts: 3, backoffBaseMs: 60_000, backoffCapMs: 3_600_000 };

function reap(database: TestDatabase) {
	const parts = { store: createRelayStore(database.pool), clock: systemClock, random: () => 0.5 };
	return new Reaper(parts, POLICY).reap();
}

describe("an expired lease", () => {
	test("is told by the database's clock, not before", async () => {
		await using database = await createTestDatabase();
		await insert(database);
		await claimOnce(database, { leaseMs: 60_000 });
		expect(await expiredEvents(database.pool, 10)).toEqual([]);
		await expireLeases(database);
		expect(await expiredEvents(database.pool, 10)).toHaveLength(1);
	});

	test("shows as an ambiguous attempt before anybody has reaped it, and its event as sending", async () => {
		await using database = await createTestDatabase();
		const relayNo = await someRelay(database, "the dead one");
		const id = await insertOne(database);
		await claimOnce(database, { relayNo });
		expect(await attemptsOf(database, id)).toEqual([]);
		await expireLeases(database);
		const { rows } = await database.query(
			"SELECT event_id, attempt, outcome, error_code, duration_ms, relay FROM reward_outbox.attempts",
		);
		expect(rows).toEqual([
			{
				event_id: id,
				attempt: 1,
				outcome: "ambiguous",
				error_code: "lease_expired",
				duration_ms: null,
				relay: "the dead one",
			},
		]);
		expect(await statusOf(database, id)).toBe("sending");
	});

	test("counts as an ambiguous attempt: at least once it is retried, with backoff", async () => {
		await using database = await createTestDatabase();
		const relayNo = await someRelay(database, "the dead one");
		const id = await insertOne(database);
		await claimOnce(database, { relayNo });
		await expireLeases(database);
		expect(await reap(database)).toEqual({ events: 1, soonestRetryMs: expect.closeTo(30_000, -4) });
		expect(await eventRow(database, id)).toMatchObject({ status: "pending", attempts: 1, last_outcome: "ambiguous" });
		expect(await attemptsOf(database, id)).toEqual(["1 ambiguous"]);
		expect(await claimAll(database)).toEqual([]);
		await makeDue(database);
		expect(await claimAll(database)).toMatchObject([{ eventId: id, attempt: 2 }]);
		expect(await reap(database)).toMatchObject({ events: 0 });
	});

	test("at most once it is uncertain", async () => {
		await using database = await createTestDatabase();
		await database.query(`SELECT reward_outbox.set_trigger('payment', '{"mode": "at_most_once"}')`);
		const id = await insertOne(database);
		await claimOnce(database);
		await expireLeases(database);
		expect(await reap(database)).toMatchObject({ events: 1, soonestRetryMs: Number.POSITIVE_INFINITY });
		expect(await statusOf(database, id)).toBe("uncertain");
	});

	test("uses up attempts: an event that kills every relay ends dead, by the relay's limit or the trigger's", async () => {
		await using database = await createTestDatabase();
		await database.query(`SELECT reward_outbox.set_trigger('fragile', '{"max_attempts": 1}')`);
		const [poison, fragile] = [await insertOne(database), await insertOne(database, { trigger: "fragile" })];
		for (let n = 0; n < 3; n++) {
			await claimAll(database);
			await expireLeases(database);
			await reap(database);
			await makeDue(database);
		}
		expect(await eventRow(database, poison)).toMatchObject({ status: "dead", attempts: 3 });
		expect(await eventRow(database, fragile)).toMatchObject({ status: "dead", attempts: 1 });
		expect(await claimAll(database)).toEqual([]);
	});

	test("is found although it expired between two looks of which only the first was at everything", async () => {
		await using database = await createTestDatabase();
		const parts = { store: createRelayStore(database.pool), clock: systemClock, random: () => 0.5 };
		const reaper = new Reaper(parts, POLICY);
		expect((await reaper.reap()).events).toBe(0);
		await insert(database);
		await claimOnce(database);
		await expireLeases(database);
		expect([reaper.isDue, (await reaper.reap()).events]).toEqual([false, 1]);
	});

	test("of which everything is settled is removed without a trace", async () => {
		await using database = await createTestDatabase();
		const id = await insertOne(database);
		await accept(database, await claimAll(database), []);
		await expireLeases(database);
		expect(await attemptsOf(database, id)).toEqual(["1 accepted"]);
		expect(await reap(database)).toMatchObject({ events: 0 });
		expect((await database.query("SELECT FROM reward_outbox.claims")).rowCount).toBe(0);
	});

	test("of which a part is settled is reaped for the rest only", async () => {
		await using database = await createTestDatabase();
		const inserted = await insert(database, {}, 3);
		const events = await claimAll(database);
		await accept(database, events.slice(0, 1), []);
		await fail(database, events.slice(1, 2), { decision: { next: "dead" }, done: [] });
		await expireLeases(database);
		expect(await reap(database)).toMatchObject({ events: 1 });
		expect(await Promise.all(inserted.map((id) => statusOf(database, id)))).toEqual(["delivered", "dead", "pending"]);
		expect((await database.query("SELECT FROM reward_outbox.claims")).rowCount).toBe(0);
	});

	test("is reaped once when several relays reap at the same time", async () => {
		await using database = await createTestDatabase();
		const inserted = await insert(database, {}, 30);
		for (let n = 0; n < 3; n++) await claimOnce(database, { limit: 10, lookForDue: false });
		await expireLeases(database);
		await Promise.all([reap(database), reap(database), reap(database)]);
		for (const id of inserted) expect(await attemptsOf(database, id)).toEqual(["1 ambiguous"]);
		await makeDue(database);
		const again = await claimAll(database);
		expect(ids(again).toSorted()).toEqual(inserted.toSorted());
		expect(again.every((event) => event.attempt === 2)).toBe(true);
	});

	test("does not hold up the reaping of others: a bounded number of leases is looked at, oldest first", async () => {
		await using database = await createTestDatabase();
		await insert(database, {}, 6);
		for (let n = 0; n < 3; n++) await claimOnce(database, { limit: 2, lookForDue: false });
		await expireLeases(database);
		expect(await expiredEvents(database.pool, 2)).toHaveLength(4);
	});
});
