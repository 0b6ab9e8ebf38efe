import { expect, test } from "vitest";
import { expiredEvents } from "../../src/store/expire.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { accept, claimAll, claimOnce, ids, insert, insertOne } from "./events.ts";
import { costOf } from "./rows-read.ts";

/** One connection, so that its statistics are those of everything. */
async function oneConnection(): Promise<TestDatabase> {
	const database = await createTestDatabase();
	database.pool.options.max = 1;
	return database;
}

async function triggersWaiting(database: TestDatabase, count: number, deliverAfter: string | null): Promise<void> {
	await database.query(
		`INSERT INTO reward_outbox.outbox (trigger_id, user_id, deliver_after)
		 SELECT 'trigger-' || n, 'user', ${deliverAfter ?? "NULL"} FROM generate_series(1, ${count}) n`,
	);
}

async function readAll(database: TestDatabase): Promise<void> {
	for (let more = true; more; ) more = (await claimOnce(database, { limit: 2_000, lookForDue: false })).more;
}

test("triggers of which nothing is due cost a claim nothing, however many there are", { timeout: 60_000 }, async () => {
	await using database = await oneConnection();
	await triggersWaiting(database, 20_000, "clock_timestamp() + interval '1 hour'");
	await readAll(database);
	await claimAll(database);
	const id = await insertOne(database);
	let found: string[] = [];
	const cost = await costOf(database, async () => {
		found = ids((await claimOnce(database)).events);
	});
	expect(found).toEqual([id]);
	expect(cost).toBeLessThan(200);
});

test("paused triggers with events that are due cost a claim nothing either, once they were looked at", {
	timeout: 60_000,
}, async () => {
	await using database = await oneConnection();
	await database.query(`
		INSERT INTO reward_outbox.triggers (trigger_id, paused_at, paused_by, paused_reason, probe_at)
		SELECT 'trigger-' || n, clock_timestamp(), 'relay', 'unknown to Reward', CASE WHEN n % 2 = 0 THEN clock_timestamp() + interval '1 hour' END
		FROM generate_series(1, 1500) n`);
	await triggersWaiting(database, 1_500, null);
	await readAll(database);
	for (let nextDueMs: number | null | undefined = 0; nextDueMs === 0; ) ({ nextDueMs } = await claimOnce(database));
	const ordered = await insertOne(database, { orderingKey: "k" });
	let found: string[] = [];
	const cost = await costOf(database, async () => {
		found = ids((await claimOnce(database)).events);
	});
	expect(found).toEqual([ordered]);
	expect(cost).toBeLessThan(200);
});

test("triggers that are held back by their relay do not keep the others from their turn", async () => {
	await using database = await createTestDatabase();
	const heldBack = Array.from({ length: 300 }, (_, n) => `trigger-${n + 1}`);
	await database.query(
		`INSERT INTO reward_outbox.outbox (trigger_id, user_id, ordering_key)
		 SELECT 'trigger-' || n, 'user', 'key-' || n FROM generate_series(1, 300) n`,
	);
	await claimAll(database, { heldBack });
	const id = await insertOne(database, { orderingKey: "k", trigger: "good" });
	const claim = await claimOnce(database, { heldBack });
	expect(ids(claim.events)).toEqual([id]);
	expect(claim.nextDueMs).toBeNull();
});

test("one trigger with a large backlog that is due does not keep others waiting", async () => {
	await using database = await createTestDatabase();
	await insert(database, { trigger: "flood", deliverAfter: "clock_timestamp() + interval '1 hour'" }, 2_000);
	await readAll(database);
	await database.query("UPDATE reward_outbox.event_states SET next_attempt_at = clock_timestamp() - interval '1 hour'");
	const id = await insertOne(database, { trigger: "good", orderingKey: "k" });
	const found: string[] = [];
	for (let claims = 0; claims < 3; claims++) {
		const { events } = await claimOnce(database, { limit: 20 });
		found.push(...ids(events));
		await accept(database, events);
	}
	expect(found).toContain(id);
});

test("a trigger that went missing among those that wait is found again by the next complete look", async () => {
	await using database = await createTestDatabase();
	const id = await insertOne(database, { deliverAfter: "clock_timestamp() + interval '1 hour'" });
	await claimOnce(database);
	await database.query("UPDATE reward_outbox.event_states SET next_attempt_at = clock_timestamp()");
	await database.query("DELETE FROM reward_outbox.waiting_triggers");
	expect((await claimOnce(database)).events).toEqual([]);
	await expiredEvents(database.pool, 10);
	expect(ids((await claimOnce(database)).events)).toEqual([id]);
});
