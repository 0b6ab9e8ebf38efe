import { expect, test } from "vitest";
import { readDepth } from "../../src/store/depth.ts";
import { triggerAcceptedSince } from "../../src/store/trigger-faults.ts";
import { createTestDatabase } from "../support/database.ts";
import {
	accept,
	begin,
	claimAll,
	claimOnce,
	eventRow,
	expireLeases,
	fail,
	insert,
	insertOne,
	statuses,
} from "./events.ts";

test("every event has exactly one status, whatever has happened to it, and the depth agrees", async () => {
	await using database = await createTestDatabase();
	const made: Record<string, string> = {};
	const write = async (name: string) => {
		made[name] = await insertOne(database, { user: name });
		return made[name];
	};
	for (const name of ["delivered", "dead", "uncertain", "retried", "given back"]) {
		await write(name);
		const { events, headLease } = await claimOnce(database);
		if (name === "delivered") await accept(database, events);
		else if (name === "given back") {
			await database.query("SELECT reward_outbox.give_back($1)", [headLease]);
			// Not for the next of these claims.
			await database.query(
				"UPDATE reward_outbox.event_states SET next_attempt_at = next_attempt_at + interval '1 hour'",
			);
		} else
			await fail(database, events, {
				decision:
					name === "retried"
						? { next: "pending", delayMs: 60_000, excused: false }
						: { next: name as "dead" | "uncertain" },
			});
	}
	made["delayed"] = await insertOne(database, { deliverAfter: "now() + interval '1 hour'" });
	made["resolved"] = await insertOne(database);
	await fail(database, await claimAll(database), { decision: { next: "uncertain" } });
	await database.query("SELECT reward_outbox.resolve_event($1, true, 'seen')", [made["resolved"]]);
	made["cancelled"] = await insertOne(database);
	await database.query("SELECT reward_outbox.cancel_events($1)", [[made["cancelled"]]]);
	await write("sending");
	await claimOnce(database);
	await write("expired");
	await claimOnce(database, { leaseMs: 0 });
	await write("partly read 1");
	await write("partly read 2");
	await claimOnce(database, { limit: 1 });
	await using open = await begin(database);
	const late = await insertOne(open);
	await write("new");
	await open.query("COMMIT");

	const { rows } = await database.query("SELECT id, status FROM reward_outbox.events");
	const status = new Map(rows.map((row) => [row["id"], row["status"]]));
	expect(rows).toHaveLength(status.size);
	expect(Object.fromEntries(Object.entries(made).map(([name, id]) => [name, status.get(id)]))).toEqual({
		delivered: "delivered",
		dead: "dead",
		uncertain: "uncertain",
		retried: "pending",
		"given back": "pending",
		delayed: "pending",
		resolved: "delivered",
		cancelled: "cancelled",
		sending: "sending",
		expired: "sending",
		"partly read 1": "sending",
		"partly read 2": "pending",
		new: "pending",
	});
	expect(status.get(late)).toBe("pending");
	const depth = await readDepth(database.pool);
	expect(depth.byStatus).toEqual({ pending: 6, sending: 3, dead: 1, uncertain: 1, cancelled: 1 });
	const { rows: unread } = await database.query("SELECT id FROM reward_outbox.unread");
	expect(unread.map((row) => row["id"]).toSorted()).toEqual([made["partly read 2"], made["new"], late].toSorted());
});

test("an event shows when it is due, and once it is over, that nothing follows", async () => {
	await using database = await createTestDatabase();
	const [fresh, delayed, dead] = [
		await insertOne(database),
		await insertOne(database, { deliverAfter: "'2999-01-01Z'" }),
		await insertOne(database),
	];
	expect((await eventRow(database, fresh)).next_attempt_at).toBeInstanceOf(Date);
	expect((await eventRow(database, delayed)).next_attempt_at).toEqual(new Date("2999-01-01Z"));
	await fail(database, await claimAll(database), { decision: { next: "dead" } });
	expect((await eventRow(database, delayed)).next_attempt_at).toEqual(new Date("2999-01-01Z"));
	expect((await eventRow(database, dead)).next_attempt_at).toBeNull();
});

test("the depth knows how long the oldest due event has waited, new or retried, and a delayed one does not count", async () => {
	await using database = await createTestDatabase();
	expect(await readDepth(database.pool)).toMatchObject({ oldestDueAgeSeconds: 0, pausedTriggers: 0 });
	await insert(database, { deliverAfter: "now() + interval '1 hour'" });
	expect((await readDepth(database.pool)).oldestDueAgeSeconds).toBe(0);
	await insert(database);
	await claimAll(database).then((events) => fail(database, events));
	await database.query(
		"UPDATE reward_outbox.event_states SET next_attempt_at = clock_timestamp() - interval '100 seconds' WHERE attempts > 0",
	);
	const { oldestDueAgeSeconds } = await readDepth(database.pool);
	expect(oldestDueAgeSeconds).toBeGreaterThanOrEqual(100);
	expect(oldestDueAgeSeconds).toBeLessThan(130);
});

test("an attempt that is both reaped and settled late shows both, and an event with a live lease shows none", async () => {
	await using database = await createTestDatabase();
	const [id] = (await insert(database)) as [string];
	const events = await claimAll(database);
	expect((await database.query("SELECT FROM reward_outbox.attempts")).rowCount).toBe(0);
	await expireLeases(database);
	await fail(database, events);
	await accept(database, events);
	const { rows } = await database.query(
		"SELECT outcome FROM reward_outbox.attempts WHERE event_id = $1 ORDER BY outcome",
		[id],
	);
	expect(rows.map((row) => row["outcome"])).toEqual(["accepted", "ambiguous"]);
	expect(await statuses(database, [id])).toEqual(["delivered"]);
});

test("whether a trigger was accepted since an event is judged by later events of that trigger only", async () => {
	await using database = await createTestDatabase();
	const before = await insertOne(database);
	const judged = await insertOne(database);
	const other = await insertOne(database, { trigger: "other" });
	const after = await insertOne(database);
	const events = await claimAll(database);
	const settle = (id: string) =>
		accept(
			database,
			events.filter((event) => event.eventId === id),
			[],
		);
	for (const id of [before, other]) await settle(id);
	expect(await triggerAcceptedSince(database.pool, "payment", judged)).toBe(false);
	await settle(after);
	expect(await triggerAcceptedSince(database.pool, "payment", judged)).toBe(true);
});
