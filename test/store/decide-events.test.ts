import { describe, expect, test } from "vitest";
import { cancelEvents, type DecisionResult, resolveEvent, retryEvents } from "../../src/store/decide-events.ts";
import { actorCalled, createTestDatabase, type TestDatabase } from "../support/database.ts";
import {
	accept,
	attemptsOf,
	begin,
	claimAll,
	claimOnce,
	eventRow,
	fail,
	ids,
	insert,
	insertOne,
	makeDue,
	statuses,
	statusOf,
} from "./events.ts";

const ALICE = { actor: "alice", reason: "because" };
const UNKNOWN = "0190b6f2-0000-7000-8000-000000000001";

type State = "new" | "waiting" | "sending" | "delivered" | "dead" | "uncertain" | "cancelled" | "unknown";

/** An event in that state, alone in the database. */
async function eventThatIs(state: State, database: TestDatabase, orderingKey?: string): Promise<string> {
	if (state === "unknown") return UNKNOWN;
	const id = await insertOne(database.pool, orderingKey === undefined ? {} : { orderingKey });
	if (state === "new") return id;
	if (state === "cancelled") {
		await cancelEvents(database.pool, [id], ALICE);
		return id;
	}
	const claimed = (await claimAll(database)).filter((event) => event.eventId === id);
	if (state === "delivered") await accept(database, claimed);
	if (state === "waiting")
		await fail(database, claimed, { decision: { next: "pending", delayMs: 3_600_000, excused: false } });
	if (state === "dead" || state === "uncertain") await fail(database, claimed, { decision: { next: state } });
	return id;
}

function only(results: DecisionResult[]): DecisionResult {
	expect(results).toHaveLength(1);
	return results[0] as DecisionResult;
}

describe("retry", () => {
	test.each<[State, boolean, boolean, string | null]>([
		["new", false, true, null],
		["waiting", false, true, null],
		["sending", true, false, "being_sent"],
		["delivered", false, false, "already_delivered"],
		["delivered", true, true, null],
		["dead", false, true, null],
		["uncertain", false, false, "may_be_delivered"],
		["uncertain", true, true, null],
		["cancelled", false, true, null],
		["unknown", true, false, "no_such_event"],
	])("of an event that is %s, duplicates allowed %s: done %s", async (state, allowDuplicates, done, refused) => {
		await using database = await createTestDatabase();
		const id = await eventThatIs(state, database);
		const result = only(await retryEvents(database.pool, [id], allowDuplicates, ALICE));
		expect(result).toMatchObject({ event_id: id, done });
		expect(result.refused).toBe(refused);
		if (done) expect((await claimAll(database)).map((event) => event.eventId)).toEqual([id]);
		const { rows } = await database.query(
			"SELECT actor, action, reason, detail ->> 'was' AS was FROM reward_outbox.operations WHERE action = 'retry'",
		);
		const was = { new: "pending", waiting: "pending" }[state as "new"] ?? state;
		expect(rows).toEqual(done ? [{ actor: actorCalled("alice"), action: "retry", reason: "because", was }] : []);
	});

	test("gives a fresh budget of attempts and keeps counting them", async () => {
		await using database = await createTestDatabase();
		const id = await eventThatIs("dead", database);
		await retryEvents(database.pool, [id], false, ALICE);
		expect(await claimAll(database)).toMatchObject([{ eventId: id, attempt: 2, excused: 1 }]);
	});

	test.for(["new", "cancelled before it was read"])("of an event that is %s has it sent once", async (state) => {
		await using database = await createTestDatabase();
		const [first, second, third] = await insert(database.pool, {}, 3);
		if (state !== "new") await cancelEvents(database.pool, [third as string], ALICE);
		await retryEvents(database.pool, [third as string], false, ALICE);
		// One at a time, and what is due has its share: it could be sent before it is read.
		const sent: string[] = [];
		for (let claims = 0; claims < 6; claims++) {
			const claimed = (await claimOnce(database, { limit: 2 })).events;
			await accept(database, claimed);
			sent.push(...ids(claimed));
		}
		expect(sent.sort()).toEqual([first, second, third].sort());
	});

	test("of a new event with an ordering key does not let it overtake the earlier ones", async () => {
		await using database = await createTestDatabase();
		const [first, second] = await insert(database.pool, { orderingKey: "k" }, 2);
		const result = only(await retryEvents(database.pool, [second as string], false, ALICE));
		expect(result).toMatchObject({ done: false, was: "pending", refused: "goes_in_its_order" });
		expect((await claimAll(database)).map((event) => event.eventId)).toEqual([first]);
	});

	test("of a dead event waits behind the event of its key that is under way", async () => {
		await using database = await createTestDatabase();
		const dead = await eventThatIs("dead", database, "k");
		await insertOne(database.pool, { orderingKey: "k" });
		const under_way = await claimAll(database);
		await retryEvents(database.pool, [dead], false, ALICE);
		expect(await claimAll(database)).toEqual([]);
		await accept(database, under_way);
		expect(ids(await claimAll(database))).toEqual([dead]);
	});

	test("of a delivered event that fails for good shows it as dead, with both attempts on record", async () => {
		await using database = await createTestDatabase();
		const id = await eventThatIs("delivered", database);
		await retryEvents(database.pool, [id], true, ALICE);
		await fail(database, await claimAll(database), { decision: { next: "dead" } });
		expect(await statusOf(database.pool, id)).toBe("dead");
		expect(await attemptsOf(database.pool, id)).toEqual(["1 accepted", "2 ambiguous"]);
	});

	test("comes before or after a late success, never in between: the success stays", async () => {
		await using database = await createTestDatabase();
		const id = await insertOne(database.pool);
		const late = await claimAll(database);
		await fail(database, late, { decision: { next: "dead" } });
		const settling = await begin(database);
		await using _ = settling;
		await settling.query(
			"SELECT reward_outbox.settle_accepted(0, ARRAY[($1::uuid, $2::uuid, 1, 1, 1, 200, NULL)::reward_outbox.accepted_attempt], false, '{}')",
			[late[0]?.leaseId, id],
		);
		const retrying = retryEvents(database.pool, [id], false, ALICE);
		await waitingForALock(database);
		await settling.query("COMMIT");
		expect(only(await retrying)).toMatchObject({ done: false, was: "delivered" });
		expect(await statusOf(database.pool, id)).toBe("delivered");
	});
});

/** Resolves once some session of this database waits for a lock. */
async function waitingForALock(database: TestDatabase): Promise<void> {
	for (;;) {
		const { rows } = await database.query(
			"SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
		);
		if (rows.length > 0) return;
	}
}

describe("cancel", () => {
	test.each<[State, boolean, string | null]>([
		["new", true, null],
		["waiting", true, null],
		["sending", false, "being_sent"],
		["delivered", false, "already_delivered"],
		["dead", true, null],
		["uncertain", true, null],
		["cancelled", false, "already_cancelled"],
		["unknown", false, "no_such_event"],
	])("of an event that is %s: done %s", async (state, done, refused) => {
		await using database = await createTestDatabase();
		const id = await eventThatIs(state, database);
		const result = only(await cancelEvents(database.pool, [id], ALICE));
		expect(result).toMatchObject({ event_id: id, done });
		expect(result.refused).toBe(refused);
		await makeDue(database.pool);
		if (done) {
			expect(await claimAll(database)).toEqual([]);
			expect(await eventRow(database.pool, id)).toMatchObject({
				status: "cancelled",
				next_attempt_at: null,
				last_error: "cancelled: because",
			});
		}
	});

	test.each(["waiting", "uncertain"] as const)(
		"of the %s head of an ordering key sets the next one free, and only that",
		async (state) => {
			await using database = await createTestDatabase();
			const head = await eventThatIs(state, database, "k");
			const next = await insert(database.pool, { orderingKey: "k" }, 2);
			expect(await claimAll(database)).toEqual([]);
			await cancelEvents(database.pool, [head], ALICE);
			expect(ids(await claimAll(database))).toEqual([next[0]]);
		},
	);

	test("of an event behind the head leaves the head alone", async () => {
		await using database = await createTestDatabase();
		const [head, middle, last] = await insert(database.pool, { orderingKey: "k" }, 3);
		const first = await claimAll(database);
		await cancelEvents(database.pool, [middle as string], ALICE);
		expect(await claimAll(database)).toEqual([]);
		expect(ids(first)).toEqual([head]);
		await accept(database, first);
		expect(ids(await claimAll(database))).toEqual([last]);
	});
});

describe("resolve", () => {
	test.each<[State, boolean, string | null]>([
		["uncertain", true, "delivered"],
		["uncertain", false, "pending"],
		["dead", true, "delivered"],
		["dead", false, null],
		["new", true, null],
		["delivered", true, null],
		["sending", true, null],
		["cancelled", true, null],
		["unknown", true, null],
	])("of an event that is %s, delivered %s: %s", async (state, delivered, becomes) => {
		await using database = await createTestDatabase();
		const id = await eventThatIs(state, database);
		const result = only(await resolveEvent(database.pool, id, delivered, ALICE));
		expect(result.done).toBe(becomes !== null);
		if (becomes === null) expect(result.refused).toBe(state === "unknown" ? "no_such_event" : "not_uncertain");
		else expect(await statusOf(database.pool, id)).toBe(becomes);
	});

	test("as delivered sets the next event of the key free; as not delivered sends the event itself", async () => {
		await using database = await createTestDatabase();
		const one = await eventThatIs("uncertain", database, "a");
		const two = await eventThatIs("uncertain", database, "b");
		const [afterOne] = await insert(database.pool, { orderingKey: "a" });
		await insert(database.pool, { orderingKey: "b" });
		await claimOnce(database);
		await resolveEvent(database.pool, one, true, ALICE);
		await resolveEvent(database.pool, two, false, ALICE);
		expect(ids(await claimAll(database)).toSorted()).toEqual([afterOne, two].toSorted());
		expect(await eventRow(database.pool, one)).toMatchObject({ status: "delivered", next_attempt_at: null });
	});
});

test("several events are decided in one call, each by itself", async () => {
	await using database = await createTestDatabase();
	const events = await insert(database.pool, {}, 3);
	await accept(database, (await claimAll(database)).slice(0, 1));
	const results = await cancelEvents(database.pool, [...events, UNKNOWN], ALICE);
	expect(new Map(results.map((result) => [result.event_id, result.done]))).toEqual(
		new Map([...events, UNKNOWN].map((id) => [id, false])),
	);
	expect(await statuses(database.pool, events)).toEqual(["delivered", "sending", "sending"]);
});
