import { describe, expect, test } from "vitest";
import { settleAccepted, settleFailed } from "../../src/store/settle.ts";
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
	leasesOf,
	makeDue,
	SERVER_ERROR,
	settlement,
	someRelay,
	statuses,
	statusOf,
} from "./events.ts";

const UNCERTAIN = { next: "uncertain" } as const;
const DEAD = { next: "dead" } as const;

async function claims(database: TestDatabase): Promise<number> {
	const { rows } = await database.query("SELECT count(*)::int AS n FROM reward_outbox.claims");
	return rows[0]?.["n"] as number;
}

describe("an accepted attempt", () => {
	test("delivers the event, with the attempt on record, and leaves no claim behind", async () => {
		await using database = await createTestDatabase();
		const relayNo = await someRelay(database, "relay-a");
		const id = await insertOne(database);
		await accept(database, await claimAll(database), undefined, relayNo);
		const row = await eventRow(database, id);
		expect(row).toMatchObject({
			status: "delivered",
			attempts: 1,
			last_outcome: "accepted",
			last_http_status: 200,
			last_error: null,
			next_attempt_at: null,
		});
		expect(row.delivered_at).toBeInstanceOf(Date);
		const { rows } = await database.query(
			"SELECT attempt, outcome, http_status, duration_ms, error_code, response_body, relay FROM reward_outbox.attempts",
		);
		expect(rows).toEqual([
			{
				attempt: 1,
				outcome: "accepted",
				http_status: 200,
				duration_ms: 10,
				error_code: null,
				response_body: null,
				relay: "relay-a",
			},
		]);
		expect(await claims(database)).toBe(0);
	});

	test("may be written twice: the answer to the first COMMIT may have been lost", async () => {
		await using database = await createTestDatabase();
		const [waited] = await insert(database);
		await fail(database, await claimAll(database));
		const again = await claimAll(database);
		const fresh = await insertOne(database);
		const events = [...again, ...(await claimAll(database))];
		for (let n = 0; n < 2; n++) await accept(database, events);
		expect(await statuses(database, [waited as string, fresh])).toEqual(["delivered", "delivered"]);
		expect(await attemptsOf(database, waited as string)).toEqual(["1 ambiguous", "2 accepted"]);
		expect(await attemptsOf(database, fresh)).toEqual(["1 accepted"]);
	});

	test("keeps a body that says more than the documented success", async () => {
		await using database = await createTestDatabase();
		await insert(database, {}, 2);
		const [a, b] = await claimAll(database);
		if (a === undefined || b === undefined) throw new Error("two events were written");
		const outcome = (responseBody: string | null) =>
			({ class: "accepted", httpStatus: 201, errorCode: null, errorMessage: null, responseBody }) as const;
		await settleAccepted(
			database.pool,
			0,
			[settlement(a, outcome("thanks"), { next: "delivered" }), settlement(b, outcome(null), { next: "delivered" })],
			leasesOf([a, b]),
		);
		const { rows } = await database.query(
			"SELECT event_id, response_body FROM reward_outbox.attempts ORDER BY event_id",
		);
		expect(rows).toEqual(
			[
				{ event_id: a.eventId, response_body: "thanks" },
				{ event_id: b.eventId, response_body: null },
			].toSorted((x, y) => (x.event_id < y.event_id ? -1 : 1)),
		);
	});
});

describe("a failed attempt", () => {
	test("that will be retried leaves the event pending, due after the delay, with what happened", async () => {
		await using database = await createTestDatabase();
		const id = await insertOne(database);
		await fail(database, await claimAll(database), { decision: { next: "pending", delayMs: 60_000, excused: false } });
		const row = await eventRow(database, id);
		expect(row).toMatchObject({
			status: "pending",
			attempts: 1,
			last_outcome: "ambiguous",
			last_http_status: 500,
			last_error: "http_500: it broke",
			delivered_at: null,
		});
		expect((row.next_attempt_at as Date).getTime() - Date.now()).toBeGreaterThan(50_000);
		expect(await claims(database)).toBe(0);
		const { rows } = await database.query(
			"SELECT outcome, http_status, error_code, error_message, response_body FROM reward_outbox.attempts",
		);
		expect(rows).toEqual([
			{
				outcome: "ambiguous",
				http_status: 500,
				error_code: "http_500",
				error_message: "it broke",
				response_body: "oops",
			},
		]);
	});

	test.each([DEAD, UNCERTAIN])("that ends as $next is never claimed again, and says why", async (decision) => {
		await using database = await createTestDatabase();
		const id = await insertOne(database);
		await fail(database, await claimAll(database), { decision });
		expect(await claimAll(database)).toEqual([]);
		expect(await eventRow(database, id)).toMatchObject({
			status: decision.next,
			attempts: 1,
			last_error: "http_500: it broke",
			next_attempt_at: null,
			delivered_at: null,
		});
	});

	test("may be written twice, and counts once", async () => {
		await using database = await createTestDatabase();
		const id = await insertOne(database);
		const excused = { next: "pending", delayMs: 0, excused: true } as const;
		const first = await claimAll(database);
		for (let n = 0; n < 2; n++) await fail(database, first, { decision: excused });
		const second = await claimAll(database);
		for (let n = 0; n < 2; n++) await fail(database, second, { decision: excused, done: [] });
		expect(await claimAll(database)).toMatchObject([{ eventId: id, attempt: 3, excused: 2 }]);
		expect(await attemptsOf(database, id)).toEqual(["1 ambiguous", "2 ambiguous"]);
	});

	test("written a second time after the event was claimed again changes nothing of that claim", async () => {
		await using database = await createTestDatabase();
		const id = await insertOne(database);
		await fail(database, await claimAll(database));
		const second = await claimAll(database);
		await fail(database, second);
		const third = await claimAll(database);
		await fail(database, second, { decision: DEAD });
		expect(await eventRow(database, id)).toMatchObject({ status: "sending", attempts: 3 });
		await accept(database, third);
		expect(await statusOf(database, id)).toBe("delivered");
	});

	test("of another relay's lease is recorded under that relay's name", async () => {
		await using database = await createTestDatabase();
		const [dead, alive] = [await someRelay(database, "dead"), await someRelay(database, "alive")];
		expect(alive).toBeGreaterThan(dead);
		await insert(database);
		const [event] = await claimAll(database, { relayNo: dead });
		if (event === undefined) throw new Error("one event was written");
		await settleFailed(database.pool, [settlement(event, SERVER_ERROR, DEAD, dead)], leasesOf([event]));
		const { rows } = await database.query("SELECT relay FROM reward_outbox.attempts");
		expect(rows).toEqual([{ relay: "dead" }]);
	});
});

describe("successes are monotone, failures are fenced", () => {
	test.each([
		["waits for a retry", { next: "pending", delayMs: 60_000, excused: false } as const],
		["is uncertain", UNCERTAIN],
		["is dead", DEAD],
	])("a late success is recorded after its lease expired and the event %s", async (_name, decision) => {
		await using database = await createTestDatabase();
		const id = await insertOne(database);
		const held = await claimAll(database);
		await expireLeases(database);
		await fail(database, held, { decision });
		await accept(database, held);
		expect(await eventRow(database, id)).toMatchObject({ status: "delivered", last_outcome: "accepted" });
		await makeDue(database);
		expect(await claimAll(database)).toEqual([]);
	});

	test("a late success is recorded while the event is being sent again, and that attempt's failure does not undo it", async () => {
		await using database = await createTestDatabase();
		const id = await insertOne(database);
		const first = await claimAll(database);
		await fail(database, first);
		const second = await claimAll(database);
		await accept(database, first);
		expect(await statusOf(database, id)).toBe("delivered");
		await fail(database, second, { decision: DEAD });
		expect(await eventRow(database, id)).toMatchObject({ status: "delivered", attempts: 2, last_outcome: "accepted" });
		expect((await attemptsOf(database, id)).toSorted()).toEqual(["1 accepted", "1 ambiguous", "2 ambiguous"]);
		expect(await claimAll(database)).toEqual([]);
	});

	test("a late success after a person cancelled the event tells the truth", async () => {
		await using database = await createTestDatabase();
		const id = await insertOne(database);
		const held = await claimAll(database);
		await fail(database, held);
		await database.query("SELECT reward_outbox.cancel_events($1)", [[id]]);
		await accept(database, held);
		expect(await statusOf(database, id)).toBe("delivered");
	});

	test("a late failure after the lease was reaped changes nothing", async () => {
		await using database = await createTestDatabase();
		const id = await insertOne(database);
		const held = await claimAll(database);
		await expireLeases(database);
		await fail(database, held, { decision: UNCERTAIN });
		await fail(database, held, { decision: DEAD, outcome: { ...SERVER_ERROR, errorCode: "late" } });
		expect(await eventRow(database, id)).toMatchObject({ status: "uncertain", last_error: "http_500: it broke" });
		expect(await attemptsOf(database, id)).toEqual(["1 ambiguous"]);
	});

	test("a failure under a lease that was given back changes nothing of the event", async () => {
		await using database = await createTestDatabase();
		const id = await insertOne(database);
		const held = await claimAll(database);
		await database.query("SELECT reward_outbox.give_back($1)", leasesOf(held));
		await fail(database, held, { decision: DEAD });
		expect(await statusOf(database, id)).toBe("pending");
	});
});

test("a batch of failures and successes of one lease settles each by its own result", async () => {
	await using database = await createTestDatabase();
	const inserted = await insert(database, {}, 4);
	const { events, headLease } = await claimOnce(database);
	expect(ids(events)).toEqual(inserted);
	const [a, b, c, d] = events as [(typeof events)[0], (typeof events)[0], (typeof events)[0], (typeof events)[0]];
	await settleFailed(
		database.pool,
		[
			settlement(a, SERVER_ERROR, DEAD),
			settlement(b, SERVER_ERROR, UNCERTAIN),
			settlement(c, SERVER_ERROR, { next: "pending", delayMs: 60_000, excused: false }),
		],
		[],
	);
	await accept(database, [d], [headLease]);
	expect(await statuses(database, inserted)).toEqual(["dead", "uncertain", "pending", "delivered"]);
});
