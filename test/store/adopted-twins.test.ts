import { expect, test } from "vitest";
import { adopt } from "../../src/store/adopt.ts";
import { createTestDatabase } from "../support/database.ts";
import { accept, claimAll, eventRow, insertOne } from "./events.ts";

test("a captured event is not sent when one with its key was written on the server before this one", async () => {
	await using database = await createTestDatabase();
	const captured = { source: "a_watch", idempotencyKey: "order-17-paid" };
	const first = await insertOne(database.pool, captured);
	await accept(database, await claimAll(database));
	await adopt(database.pool, { cancelBacklog: false, reason: "it was restored", actor: null });
	// Transaction ids have begun again, and epochs are in no order.
	await database.query(`
		UPDATE reward_outbox.outbox SET xid = '9000000000000', epoch = 2147483647;
		UPDATE reward_outbox.installation SET epochs = epochs || 2147483647;
		SELECT reward_outbox.mark_installation()`);
	const again = await insertOne(database.pool, captured);
	expect(await claimAll(database)).toEqual([]);
	expect(await eventRow(database.pool, again)).toMatchObject({
		status: "cancelled",
		last_error: `duplicate of ${first}, which has the same idempotency key`,
	});
});
