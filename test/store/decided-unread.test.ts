import { expect, test } from "vitest";
import { cancelEvents, retryEvents } from "../../src/store/decide-events.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { accept, claimAll, claimOnce, eventRow, ids, insertOne } from "./events.ts";

const SOMEBODY = { actor: "alice", reason: "because" };

/** Two new events, of which the second one was retried. The head has read none of them but what one claim reads. */
async function retriedWhileUnread(database: TestDatabase): Promise<{ readonly retried: string }> {
	await insertOne(database.pool);
	const retried = await insertOne(database.pool);
	await retryEvents(database.pool, [retried], false, SOMEBODY);
	return { retried };
}

test("an event that was retried before a relay had read it is sent once", async () => {
	await using database = await createTestDatabase();
	const { retried } = await retriedWhileUnread(database);
	const first = await claimOnce(database, { limit: 2 });
	expect(ids(first.events)).toContain(retried);
	await accept(database, first.events);
	expect(await eventRow(database.pool, retried)).toMatchObject({ status: "delivered", attempts: 1 });
	expect(ids(await claimAll(database))).not.toContain(retried);
});

test("so is one that was cancelled and retried before that", async () => {
	await using database = await createTestDatabase();
	await insertOne(database.pool);
	const id = await insertOne(database.pool);
	await cancelEvents(database.pool, [id], SOMEBODY);
	await retryEvents(database.pool, [id], false, SOMEBODY);
	const first = await claimOnce(database, { limit: 2 });
	await accept(database, first.events);
	expect(ids(first.events)).toContain(id);
	expect(ids(await claimAll(database))).not.toContain(id);
});

test("an event that was cancelled and retried before it was read does not overtake an earlier one of its ordering key", async () => {
	await using database = await createTestDatabase();
	await insertOne(database.pool);
	const earlier = await insertOne(database.pool, { orderingKey: "k" });
	const later = await insertOne(database.pool, { orderingKey: "k" });
	await cancelEvents(database.pool, [later], SOMEBODY);
	await retryEvents(database.pool, [later], false, SOMEBODY);
	const sent: string[] = [];
	for (let claims = 0; claims < 5; claims++) {
		const { events } = await claimOnce(database, { limit: 2 });
		sent.push(...ids(events));
		await accept(database, events);
	}
	expect(sent.filter((id) => id === earlier || id === later)).toEqual([earlier, later]);
});
