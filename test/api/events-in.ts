import type { Status } from "../../src/event/event.ts";
import { cancelEvents } from "../../src/store/decide-events.ts";
import { accept, claimOnce, fail, insertOne, type NewEvent } from "../store/events.ts";
import type { TestDatabase } from "../support/database.ts";

/** A new event that has come to stand like this. Make those that are pending last: making others claims what is due. */
export async function eventIn(database: TestDatabase, status: Status, event: NewEvent = {}): Promise<string> {
	const id = await insertOne(database.pool, event);
	if (status === "pending") return id;
	if (status === "cancelled") {
		await cancelEvents(database.pool, [id], { actor: "test", reason: "test" });
		return id;
	}
	const claimed = await claimedOne(database, id);
	if (status === "sending") return id;
	if (status === "delivered") await accept(database, [claimed]);
	else await fail(database, [claimed], { decision: { next: status } });
	return id;
}

async function claimedOne(database: TestDatabase, id: string) {
	for (let tries = 0; tries < 10; tries += 1) {
		const { events } = await claimOnce(database);
		const found = events.find(({ eventId }) => eventId === id);
		if (found !== undefined) return found;
	}
	throw new Error(`${id} was not claimed`);
}
