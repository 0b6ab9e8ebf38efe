import { describe, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import {
	accept,
	begin,
	claimAll,
	claimOnce,
	expireLeases,
	fail,
	ids,
	insert,
	insertOne,
	makeDue,
	RETRY_AT_ONCE,
	statuses,
} from "./events.ts";

const KEY = { orderingKey: "user1" };

/** Claims and accepts until nothing comes any more; returns the ids in the order they were sent. */
async function deliverAll(database: TestDatabase, limit = 100): Promise<string[]> {
	const order: string[] = [];
	for (let empty = 0; empty < 2; ) {
		const { events, more } = await claimOnce(database, { limit });
		order.push(...ids(events));
		await accept(database, events);
		empty = events.length === 0 && !more ? empty + 1 : 0;
	}
	return order;
}

describe("events with the same ordering key", () => {
	test("are claimed one at a time, in the order of insertion", async () => {
		await using database = await createTestDatabase();
		const inserted = await insert(database, KEY, 5);
		const order: string[] = [];
		for (let n = 0; n < 5; n++) {
			const { events } = await claimOnce(database);
			expect(events).toHaveLength(1);
			expect((await claimOnce(database)).events).toEqual([]);
			expect(events[0]?.ordered).toBe(true);
			order.push(...ids(events));
			await accept(database, events);
		}
		expect(order).toEqual(inserted);
		expect(await claimAll(database)).toEqual([]);
	});

	test("do not wait for an earlier one that commits late and turns out to be a duplicate", async () => {
		await using database = await createTestDatabase();
		const captured = { ...KEY, source: "a_watch", idempotencyKey: "order-17-paid" };
		await using late = await begin(database);
		const duplicate = await insertOne(late, captured);
		const first = await insertOne(database.pool, captured);
		const next = await insertOne(database.pool, KEY);
		const claimed = await claimAll(database);
		expect(ids(claimed)).toEqual([first]);
		await late.query("COMMIT");
		await accept(database, claimed);
		expect(await deliverAll(database)).toEqual([next]);
		expect(await statuses(database.pool, [duplicate])).toEqual(["cancelled"]);
	});

	test("do not hold back other keys, nor events without one", async () => {
		await using database = await createTestDatabase();
		const [first] = await insert(database, KEY, 3);
		const [other] = await insert(database, { orderingKey: "user2" }, 3);
		const free = await insert(database, {}, 3);
		expect(ids(await claimAll(database)).toSorted()).toEqual([first, other, ...free].toSorted());
	});

	test.each([
		["delivered", (db: TestDatabase, held: Awaited<ReturnType<typeof claimAll>>) => accept(db, held)],
		[
			"dead",
			(db: TestDatabase, held: Awaited<ReturnType<typeof claimAll>>) => fail(db, held, { decision: { next: "dead" } }),
		],
		[
			"cancelled",
			async (db: TestDatabase, held: Awaited<ReturnType<typeof claimAll>>) => {
				await fail(db, held, { decision: { next: "pending", delayMs: 60_000, excused: false } });
				await db.query("SELECT reward_outbox.cancel_events($1, 'a test')", [ids(held)]);
			},
		],
		[
			"resolved as delivered",
			async (db: TestDatabase, held: Awaited<ReturnType<typeof claimAll>>) => {
				await fail(db, held, { decision: { next: "uncertain" } });
				await db.query("SELECT reward_outbox.resolve_event($1, true, 'a test')", ids(held));
			},
		],
	])("are released when the one before is %s", async (_name, end) => {
		await using database = await createTestDatabase();
		const [, second] = await insert(database, KEY, 3);
		await end(database, await claimAll(database));
		expect(ids(await claimAll(database))).toEqual([second]);
	});

	test("stay behind one that waits for a retry, and behind one that is uncertain", async () => {
		await using database = await createTestDatabase();
		const inserted = await insert(database, KEY, 2);
		await fail(database, await claimAll(database), { decision: { next: "pending", delayMs: 60_000, excused: false } });
		expect(await claimAll(database)).toEqual([]);
		await makeDue(database);
		const again = await claimAll(database);
		expect([ids(again), again[0]?.attempt]).toEqual([[inserted[0]], 2]);
		await fail(database, again, { decision: { next: "uncertain" } });
		expect(await claimAll(database)).toEqual([]);
		expect(await statuses(database, inserted)).toEqual(["uncertain", "pending"]);
	});

	test("stay behind one that is given back, and it goes first again", async () => {
		await using database = await createTestDatabase();
		const [first] = await insert(database, KEY, 2);
		const { dueLease } = await claimOnce(database);
		await database.query("SELECT reward_outbox.give_back($1)", [dueLease]);
		expect(ids(await claimAll(database))).toEqual([first]);
	});

	test("stay behind one whose relay died, until its lease has been reaped and it was sent again", async () => {
		await using database = await createTestDatabase();
		const [first, second] = await insert(database, KEY, 2);
		const held = await claimAll(database);
		await expireLeases(database);
		expect(await claimAll(database)).toEqual([]);
		await fail(database, held, { decision: RETRY_AT_ONCE });
		const again = await claimAll(database);
		expect(ids(again)).toEqual([first]);
		await accept(database, again);
		expect(ids(await claimAll(database))).toEqual([second]);
	});

	test("are released by a late success as well, and by one that comes twice only once", async () => {
		await using database = await createTestDatabase();
		const [, second] = await insert(database, KEY, 3);
		const held = await claimAll(database);
		await fail(database, held, { decision: { next: "pending", delayMs: 60_000, excused: false } });
		await accept(database, held);
		await accept(database, held);
		expect(ids(await claimAll(database))).toEqual([second]);
	});

	test("wait together for one that is not due yet", async () => {
		await using database = await createTestDatabase();
		const delayed = await insertOne(database, { ...KEY, deliverAfter: "now() + interval '1 hour'" });
		const next = await insertOne(database, KEY);
		expect(await claimAll(database)).toEqual([]);
		await makeDue(database);
		expect(await deliverAll(database)).toEqual([delayed, next]);
	});

	test("stay one at a time when a dead one is sent again beside a later one, whatever else of the key ends", async () => {
		await using database = await createTestDatabase();
		const [a, b, c] = await insert(database, KEY, 3);
		await fail(database, await claimAll(database), { decision: { next: "dead" } });
		expect(ids(await claimAll(database))).toEqual([b]);
		await database.query("SELECT reward_outbox.retry_events($1)", [[a]]);
		await database.query("SELECT reward_outbox.cancel_events($1)", [[c]]);
		expect(await claimAll(database)).toEqual([]);
	});

	test("keep their order when a cancelled one is in between, read or not yet read", async () => {
		await using database = await createTestDatabase();
		const [a, b, c, d] = await insert(database, KEY, 4);
		await database.query("SELECT reward_outbox.cancel_events($1)", [[b]]);
		expect(ids(await claimAll(database))).toEqual([a]);
		await database.query("SELECT reward_outbox.cancel_events($1)", [[c]]);
		expect(await deliverAll(database)).toEqual([]);
		expect(await statuses(database, [a, b, c, d] as string[])).toEqual([
			"sending",
			"cancelled",
			"cancelled",
			"pending",
		]);
	});
});

describe("of two events of a key, where one had committed before the other was inserted, it goes first", () => {
	/** Returns two events: the second was inserted after the first had committed, by a transaction that is older. */
	async function inverted(database: TestDatabase): Promise<[string, string]> {
		await using older = await begin(database);
		const first = await insertOne(database, KEY);
		const second = await insertOne(older, KEY);
		await older.query("COMMIT");
		return [first, second];
	}

	test("when both are read at once", async () => {
		await using database = await createTestDatabase();
		expect(await deliverAll(database)).toEqual([]);
		const pair = await inverted(database);
		expect(await deliverAll(database)).toEqual(pair);
	});

	test("when one step of reading ends between them", async () => {
		await using database = await createTestDatabase();
		const pair = await inverted(database);
		expect(await deliverAll(database, 1)).toEqual(pair);
	});

	test("when an earlier one of the key is under way while one step of reading ends between them", async () => {
		await using database = await createTestDatabase();
		await using older = await begin(database);
		await insertOne(database, KEY);
		const [zero] = await claimAll(database);
		const first = await insertOne(database, KEY);
		const second = await insertOne(older, KEY);
		await older.query("COMMIT");
		expect((await claimOnce(database, { limit: 1 })).events).toEqual([]);
		await accept(database, zero === undefined ? [] : [zero]);
		expect(await deliverAll(database, 1)).toEqual([first, second]);
	});

	test("when the first of them is cancelled before it is read, or the backlog is adopted", async () => {
		await using database = await createTestDatabase();
		const [first, second] = await inverted(database);
		expect((await claimOnce(database, { limit: 1 })).events).toEqual([]);
		await database.query("SELECT reward_outbox.cancel_events($1)", [[first]]);
		expect(await deliverAll(database, 1)).toEqual([second]);

		const pair = await inverted(database);
		expect((await claimOnce(database, { limit: 1 })).events).toEqual([]);
		await database.query("SELECT reward_outbox.adopt(false, 'a test')");
		expect(await deliverAll(database)).toEqual(pair);
	});

	test("with many keys and writers that overlap, however small the steps", async () => {
		await using database = await createTestDatabase();
		const events = new Map<string, { key: string; insertedAfter: Set<string> }>();
		const committed = new Map<string, Set<string>>(["a", "b", "c"].map((key) => [key, new Set()]));
		const open = await Promise.all(Array.from({ length: 4 }, () => begin(database)));
		const mine = open.map((): [string, string][] => []);
		for (let n = 0; n < 60; n++) {
			const writer = n % open.length;
			const key = ["a", "b", "c"][(n * 7) % 3] as string;
			const id = await insertOne(open[writer] as (typeof open)[number], { orderingKey: key });
			events.set(id, { key, insertedAfter: new Set(committed.get(key)) });
			mine[writer]?.push([key, id]);
			if ((n * 5) % 7 < 3) {
				await open[writer]?.query("COMMIT");
				for (const [of, ended] of mine[writer] ?? []) committed.get(of)?.add(ended);
				mine[writer] = [];
				await open[writer]?.query("BEGIN");
				await open[writer]?.query("SELECT pg_current_xact_id()");
			}
		}
		for (const client of open) {
			await client.query("COMMIT");
			client.release();
		}
		const order = await deliverAll(database, 2);
		expect(order.toSorted()).toEqual([...events.keys()].toSorted());
		const place = new Map(order.map((id, n) => [id, n]));
		for (const [id, { insertedAfter }] of events) {
			for (const earlier of insertedAfter) expect(place.get(earlier)).toBeLessThan(place.get(id) as number);
		}
	});
});
