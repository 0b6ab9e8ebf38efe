import { expect, test } from "vitest";
import { cancelEvents, retryEvents } from "../../src/store/decide-events.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { accept, claimOnce, eventRow, ids, insertOne } from "./events.ts";

const SOMEBODY = { actor: "alice", reason: "because" };

/** Claims little and accepts it, until nothing comes any more. Returns what was sent, in the order in which it was. */
async function deliverAll(database: TestDatabase): Promise<string[]> {
	const sent: string[] = [];
	for (let empty = 0; empty < 2; ) {
		const { events, more } = await claimOnce(database, { limit: 2 });
		await accept(database, events);
		sent.push(...ids(events));
		empty = events.length === 0 && !more ? empty + 1 : 0;
	}
	return sent;
}

test("an event that was retried before a relay had read it is sent once", async () => {
	await using database = await createTestDatabase();
	const first = await insertOne(database.pool);
	const retried = await insertOne(database.pool);
	await retryEvents(database.pool, [retried], false, SOMEBODY);
	expect((await deliverAll(database)).toSorted()).toEqual([first, retried].toSorted());
	expect(await eventRow(database.pool, retried)).toMatchObject({ status: "delivered", attempts: 1 });
});

test("so is one that was cancelled and retried before that", async () => {
	await using database = await createTestDatabase();
	const first = await insertOne(database.pool);
	const retried = await insertOne(database.pool);
	await cancelEvents(database.pool, [retried], SOMEBODY);
	await retryEvents(database.pool, [retried], false, SOMEBODY);
	expect((await deliverAll(database)).toSorted()).toEqual([first, retried].toSorted());
});

test("an event that was cancelled and retried before it was read does not overtake an earlier one of its ordering key", async () => {
	await using database = await createTestDatabase();
	await insertOne(database.pool);
	const earlier = await insertOne(database.pool, { orderingKey: "k" });
	const later = await insertOne(database.pool, { orderingKey: "k" });
	await cancelEvents(database.pool, [later], SOMEBODY);
	await retryEvents(database.pool, [later], false, SOMEBODY);
	const sent = await deliverAll(database);
	expect(sent.filter((id) => id === earlier || id === later)).toEqual([earlier, later]);
});
