import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { giveBack } from "../../src/store/give-back.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
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
	statuses,
} from "./events.ts";

async function claims(database: TestDatabase): Promise<number> {
	const { rows } = await database.query("SELECT count(*)::int AS n FROM reward_outbox.claims");
	return rows[0]?.["n"] as number;
}

describe("what is given back", () => {
	test("keeps the attempt count it had before the claim, new and waiting alike", async () => {
		await using database = await createTestDatabase();
		const waited = await insertOne(database);
		await fail(database, await claimAll(database));
		const fresh = await insertOne(database);
		const { headLease, dueLease } = await claimOnce(database);
		expect(await giveBack(database.pool, headLease, null)).toBe(1);
		expect(await giveBack(database.pool, dueLease, null)).toBe(1);
		expect(await eventRow(database, waited)).toMatchObject({ status: "pending", attempts: 1 });
		expect(await eventRow(database, fresh)).toMatchObject({ status: "pending", attempts: 0 });
		expect(await attemptsOf(database, fresh)).toEqual([]);
		expect(await claims(database)).toBe(0);
		const again = await claimAll(database);
		expect(Object.fromEntries(again.map((event) => [event.eventId, event.attempt]))).toEqual({
			[waited]: 2,
			[fresh]: 1,
		});
	});

	test("may be some of a lease: the rest stays under it", async () => {
		await using database = await createTestDatabase();
		const [a, b, c] = (await insert(database, {}, 3)) as [string, string, string];
		const { events, headLease } = await claimOnce(database);
		expect(await giveBack(database.pool, headLease, [b])).toBe(1);
		expect(await statuses(database, [a, b, c])).toEqual(["sending", "pending", "sending"]);
		await expireLeases(database);
		const { rows } = await database.query("SELECT event_id FROM reward_outbox.expired_leases(10)");
		expect(rows.map((row) => row["event_id"]).toSorted()).toEqual([a, c].toSorted());
		await accept(
			database,
			events.filter((event) => event.eventId !== b),
		);
		expect(ids(await claimAll(database))).toEqual([b]);
	});

	test("may be given back twice, and an unknown lease is no error", async () => {
		await using database = await createTestDatabase();
		await insert(database, {}, 2);
		const { headLease, dueLease } = await claimOnce(database);
		expect([await giveBack(database.pool, headLease, null), await giveBack(database.pool, headLease, null)]).toEqual([
			2, 0,
		]);
		expect([await giveBack(database.pool, dueLease, null), await giveBack(database.pool, randomUUID(), null)]).toEqual([
			0, 0,
		]);
		expect(await giveBack(database.pool, randomUUID(), [randomUUID()])).toBe(0);
		expect(await claimAll(database)).toHaveLength(2);
	});

	test("does not include what is settled, and a lease of which only that is left is gone", async () => {
		await using database = await createTestDatabase();
		const [a, b] = (await insert(database, {}, 2)) as [string, string];
		const { events, headLease } = await claimOnce(database);
		await accept(
			database,
			events.filter((event) => event.eventId === a),
			[],
		);
		expect(await giveBack(database.pool, headLease, null)).toBe(1);
		expect(await statuses(database, [a, b])).toEqual(["delivered", "pending"]);
		expect(await claims(database)).toBe(0);
	});

	test("twice in parts, then settled, leaves nothing behind", async () => {
		await using database = await createTestDatabase();
		await insert(database, {}, 4);
		await fail(database, await claimAll(database));
		const { events, dueLease } = await claimOnce(database);
		for (const event of events.slice(0, 2)) expect(await giveBack(database.pool, dueLease, [event.eventId])).toBe(1);
		expect((await database.query("SELECT attempts FROM reward_outbox.claims")).rows).toEqual([{ attempts: [2, 2] }]);
		await accept(database, events.slice(2));
		expect(await claims(database)).toBe(0);
		expect((await claimAll(database)).map((event) => event.attempt)).toEqual([2, 2]);
	});

	test("of a claim that is still being made waits for it", async () => {
		await using database = await createTestDatabase();
		const id = await insertOne(database);
		const lease = randomUUID();
		const client = await database.pool.connect();
		try {
			await client.query("BEGIN");
			await client.query("SELECT FROM reward_outbox.claim(0, $1, $2, 60000, 10, true, '{}', '{}')", [
				lease,
				randomUUID(),
			]);
			const returned = giveBack(database.pool, lease, null);
			await expect
				.poll(
					async () =>
						(
							await database.query(
								"SELECT count(*)::int AS n FROM pg_locks WHERE NOT granted AND relation = 'reward_outbox.claim_turn'::regclass",
							)
						).rows[0]?.["n"],
				)
				.toBeGreaterThan(0);
			await client.query("COMMIT");
			expect(await returned).toBe(1);
		} finally {
			client.release();
		}
		expect(await eventRow(database, id)).toMatchObject({ status: "pending", attempts: 0 });
	});
});
