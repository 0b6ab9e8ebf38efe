import { describe, expect, test } from "vitest";
import { createTestDatabase } from "../support/database.ts";
import { begin, claimAll, claimOnce, ids, insert, insertOne } from "./events.ts";

describe("a claim finds exactly what is committed", () => {
	test("an event of an open transaction is not found; after its commit it is, although later ones were read meanwhile", async () => {
		await using database = await createTestDatabase();
		await using early = await begin(database);
		const late = await insertOne(early);
		const committed = await insert(database, {}, 3);
		expect(ids(await claimAll(database))).toEqual(committed);
		await early.query("COMMIT");
		expect(ids(await claimAll(database))).toEqual([late]);
	});

	test("of many transactions that overlap, each one's events are found when it commits, whatever the order", async () => {
		await using database = await createTestDatabase();
		await using a = await begin(database);
		await using b = await begin(database);
		await using c = await begin(database);
		const [inC, inA, inB] = [await insertOne(c), await insertOne(a), await insertOne(b)];
		const alsoInA = await insertOne(a);
		expect(await claimAll(database)).toEqual([]);
		await c.query("COMMIT");
		expect(ids(await claimAll(database))).toEqual([inC]);
		const between = await insertOne(database);
		await a.query("COMMIT");
		expect(ids(await claimAll(database))).toEqual([inA, alsoInA, between]);
		await b.query("COMMIT");
		expect(ids(await claimAll(database))).toEqual([inB]);
	});

	test("a transaction that is rolled back leaves nothing, and what follows it is found", async () => {
		await using database = await createTestDatabase();
		await using doomed = await begin(database);
		await insert(doomed, {}, 10);
		expect(await claimAll(database)).toEqual([]);
		await doomed.query("ROLLBACK");
		const next = await insertOne(database);
		expect(ids(await claimAll(database))).toEqual([next]);
	});

	test("of a transaction with savepoints, what was kept is found and what was rolled back is not", async () => {
		await using database = await createTestDatabase();
		await using tx = await begin(database);
		const kept: string[] = [];
		// More subtransactions than a backend advertises to snapshots.
		for (let n = 0; n < 100; n++) {
			await tx.query("SAVEPOINT s");
			const id = await insertOne(tx);
			if (n % 3 === 0) await tx.query("ROLLBACK TO SAVEPOINT s");
			else kept.push(id);
			await tx.query("RELEASE SAVEPOINT s");
			if (n === 50) expect(await claimAll(database)).toEqual([]);
		}
		const other = await insertOne(database);
		expect(ids(await claimAll(database))).toEqual([other]);
		await tx.query("COMMIT");
		expect(ids(await claimAll(database))).toEqual(kept);
	});

	test("an event whose transaction began as a savepoint only, with reads in between, is found", async () => {
		await using database = await createTestDatabase();
		await using client = await begin(database);
		await client.query("ROLLBACK");
		// No transaction id yet when the subtransaction takes its own.
		await client.query("BEGIN");
		await client.query("SAVEPOINT s");
		const inside = await insertOne(client);
		const meanwhile = await insertOne(database);
		expect(ids(await claimAll(database))).toEqual([meanwhile]);
		await client.query("RELEASE SAVEPOINT s");
		await client.query("COMMIT");
		expect(ids(await claimAll(database))).toEqual([inside]);
	});

	test("a prepared transaction is found once it is committed, a rolled back one never", async ({ skip }) => {
		await using database = await createTestDatabase();
		const { rows } = await database.query("SHOW max_prepared_transactions");
		if (rows[0]?.["max_prepared_transactions"] === "0") skip();
		const prepared: string[] = [];
		for (const name of ["kept", "dropped"]) {
			await using tx = await begin(database);
			await tx.query("SET LOCAL reward_outbox.notify = off");
			prepared.push(await insertOne(tx));
			await tx.query(`PREPARE TRANSACTION '${database.name}_${name}'`);
		}
		const other = await insertOne(database);
		expect(ids(await claimAll(database))).toEqual([other]);
		await database.query(`ROLLBACK PREPARED '${database.name}_dropped'`);
		await database.query(`COMMIT PREPARED '${database.name}_kept'`);
		expect(ids(await claimAll(database))).toEqual([prepared[0]]);
	});

	test("an event inserted under serializable isolation is found", async () => {
		await using database = await createTestDatabase();
		await using tx = await begin(database, "SERIALIZABLE");
		const id = await insertOne(tx);
		await claimAll(database);
		await tx.query("COMMIT");
		expect(ids(await claimAll(database))).toEqual([id]);
	});

	test("a large transaction is read in steps, without what others write or commit meanwhile getting lost or read twice", async () => {
		await using database = await createTestDatabase();
		await using slow = await begin(database);
		const slowIds = await insert(slow, {}, 50);
		const large = await insert(database, {}, 5_000);
		const found: string[] = [];
		const others: string[] = [];
		for (let step = 0; found.length < 5_000; step++) {
			found.push(...ids((await claimOnce(database, { limit: 333, lookForDue: false })).events));
			others.push(...(await insert(database, {}, 7)));
			if (step === 3) await slow.query("COMMIT");
		}
		found.push(...ids(await claimAll(database, { limit: 333 })));
		expect(new Set(found).size).toBe(found.length);
		expect(found.toSorted()).toEqual([...large, ...others, ...slowIds].toSorted());
		// Of the large transaction, in the order of insertion.
		expect(found.filter((id) => large.includes(id))).toEqual(large);
	});

	test("a step that ends exactly at the last event says that there may be more, and the next finds the end", async () => {
		await using database = await createTestDatabase();
		await insert(database, {}, 10);
		const first = await claimOnce(database, { limit: 10, lookForDue: false });
		expect([first.events.length, first.more]).toEqual([10, true]);
		const second = await claimOnce(database, { limit: 10, lookForDue: false });
		const third = await claimOnce(database, { limit: 10, lookForDue: false });
		expect([second.events.length, third.events.length, third.more]).toEqual([0, 0, false]);
	});

	test("the end of a look in several steps says that there may be more: what was committed since it began", async () => {
		await using database = await createTestDatabase();
		await insert(database, {}, 3);
		await claimOnce(database, { limit: 2, lookForDue: false });
		const meanwhile = await insertOne(database);
		const last = await claimOnce(database, { limit: 2, lookForDue: false });
		expect([last.events.length, last.more]).toEqual([1, true]);
		const next = await claimOnce(database, { limit: 2, lookForDue: false });
		expect([ids(next.events), next.more]).toEqual([[meanwhile], false]);
	});

	test("a step of one event at a time gets through late and new ones alike", async () => {
		await using database = await createTestDatabase();
		await using late = await begin(database);
		const lateIds = await insert(late, {}, 3);
		const early = await insert(database, {}, 3);
		await claimOnce(database, { limit: 1 });
		await late.query("COMMIT");
		const rest = ids(await claimAll(database, { limit: 1 }));
		expect(rest.toSorted()).toEqual([...early.slice(1), ...lateIds].toSorted());
	});

	test("idle claims leave nothing behind", async () => {
		await using database = await createTestDatabase();
		await insert(database);
		await claimAll(database);
		const steps = async () =>
			(await database.query("SELECT count(*)::int AS n FROM reward_outbox.head")).rows[0]?.["n"] as number;
		const before = await steps();
		for (let n = 0; n < 20; n++) await claimOnce(database);
		expect(await steps()).toBe(before);
		await database.query("SELECT reward_outbox.tidy()");
		expect(await steps()).toBe(1);
		const next = await insertOne(database);
		expect(ids(await claimAll(database))).toEqual([next]);
	});

	test("a claim that is rolled back has claimed nothing", async () => {
		await using database = await createTestDatabase();
		const id = await insertOne(database);
		await using tx = await begin(database);
		const { rows } = await tx.query(
			"SELECT e.event_id FROM reward_outbox.claim(0, gen_random_uuid(), gen_random_uuid(), 1000, 10, true, '{}', '{}') c, unnest(c.events) e",
		);
		expect(rows).toEqual([{ event_id: id }]);
		await tx.query("ROLLBACK");
		expect(ids(await claimAll(database))).toEqual([id]);
	});

	test("what is returned is what was inserted, the payload byte for byte as PostgreSQL prints it", async () => {
		await using database = await createTestDatabase();
		const id = await insertOne(database, {
			trigger: "täglich/☕",
			user: "a b?#%",
			payload: '{"value": 1.10, "n": 12345678901234567890123, "e": 1e400}',
		});
		const [event] = (await claimOnce(database)).events;
		const { rows } = await database.query("SELECT payload::text AS body FROM reward_outbox.outbox WHERE id = $1", [id]);
		expect(event).toMatchObject({
			eventId: id,
			triggerId: "täglich/☕",
			userId: "a b?#%",
			body: rows[0]?.["body"],
			attempt: 1,
			excused: 0,
			fromHead: true,
			ordered: false,
		});
		expect(event?.body).toContain("1.10");
		expect(event?.body).toContain("12345678901234567890123");
		expect(event?.ageMs).toBeGreaterThanOrEqual(0);
	});
});
