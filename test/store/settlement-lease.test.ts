import { randomBytes, randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Database, openDatabase } from "../../src/store/database.ts";
import { settleFailed } from "../../src/store/settle.ts";
import { createTestDatabase, queryAsAdmin, type TestDatabase } from "../support/database.ts";
import { urlFor } from "../support/login.ts";
import {
	accept,
	attemptsOf,
	claimAll,
	claimOnce,
	expireLeases,
	fail,
	insertOne,
	SERVER_ERROR,
	settlement,
	statusOf,
} from "./events.ts";

const login = `reward_outbox_test_relay_${randomBytes(4).toString("hex")}`;
let database: TestDatabase;
/** As a relay's login, with the rights of a relay and nothing else. */
let relay: Database;
let id: string;

beforeAll(async () => {
	database = await createTestDatabase();
	await queryAsAdmin(`CREATE ROLE ${login} LOGIN PASSWORD 'x' IN ROLE reward_outbox_relay`);
	relay = openDatabase({ url: urlFor(database.url, login), applicationName: "test", maxConnections: 2 });
});
afterAll(async () => {
	await relay.end();
	await database.drop();
	await queryAsAdmin(`DROP ROLE ${login}`);
});
beforeEach(async () => {
	await database.query("TRUNCATE reward_outbox.claims, reward_outbox.event_states, reward_outbox.attempt_log");
	await claimAll(database);
	await database.query("TRUNCATE reward_outbox.claims, reward_outbox.event_states");
	id = await insertOne(database.pool);
});

function markDelivered(lease: string, attempt = 1, event = id): Promise<unknown> {
	return relay.query(
		"SELECT reward_outbox.settle_accepted(1, ARRAY[($1::uuid, $2::uuid, $3::int, 1, 1, 200, NULL)::reward_outbox.accepted_attempt], false, ARRAY[$1::uuid])",
		[lease, event, attempt],
	);
}

function markFailed(lease: string, next: string, attempt = 1): Promise<unknown> {
	const result = {
		relay_no: 1,
		lease_id: lease,
		event_id: id,
		attempt,
		age_ms: 1,
		duration_ms: 1,
		outcome: "refused",
		next,
		excused: false,
	};
	return relay.query("SELECT reward_outbox.settle_failed($1, false, ARRAY[$2::uuid])", [
		JSON.stringify([result]),
		lease,
	]);
}

describe("a relay's login cannot mark as delivered or dead", () => {
	test("an event that nobody has claimed", async () => {
		await markDelivered(randomUUID());
		await markFailed(randomUUID(), "dead");
		expect([await statusOf(database.pool, id), await attemptsOf(database.pool, id)]).toEqual(["pending", []]);
		expect((await claimOnce(database)).events).toHaveLength(1);
	});

	test("an event that waits, by the number of an attempt that is over", async () => {
		await fail(database, await claimAll(database), { decision: { next: "pending", delayMs: 60_000, excused: false } });
		for (const attempt of [1, 2]) {
			await markDelivered(randomUUID(), attempt);
			await markFailed(randomUUID(), "dead", attempt);
		}
		expect([await statusOf(database.pool, id), await attemptsOf(database.pool, id)]).toEqual([
			"pending",
			["1 ambiguous"],
		]);
	});

	test("an event that somebody else holds, under a lease of its own or one that is made up", async () => {
		const held = await claimOnce(database);
		const other = await insertOne(database.pool);
		const own = await claimOnce(database);
		expect([held.events.length, own.events[0]?.eventId]).toEqual([1, other]);
		for (const lease of [randomUUID(), own.headLease]) {
			await markDelivered(lease);
			await markFailed(lease, "dead");
		}
		await markDelivered(held.headLease, 2);
		expect([await statusOf(database.pool, id), await attemptsOf(database.pool, id)]).toEqual(["sending", []]);
		const { rows } = await database.query("SELECT lease_id FROM reward_outbox.claims ORDER BY lease_id");
		expect(rows.map((row) => row["lease_id"])).toEqual([held.headLease, own.headLease].toSorted());
	});

	test("an event that it has given back", async () => {
		const { headLease } = await claimOnce(database);
		await relay.query("SELECT reward_outbox.give_back($1)", [headLease]);
		await markDelivered(headLease);
		expect([await statusOf(database.pool, id), await attemptsOf(database.pool, id)]).toEqual(["pending", []]);
	});

	test("an event that an operator has sent again, by saying once more what was recorded before", async () => {
		const { events, headLease } = await claimOnce(database);
		await accept(database, events);
		await database.query("SELECT reward_outbox.retry_events(ARRAY[$1::uuid], true)", [id]);
		await markDelivered(headLease);
		expect(await statusOf(database.pool, id)).toBe("pending");
	});
});

describe("a success is recorded however late it comes", () => {
	test("after its lease has expired", async () => {
		const { events, headLease } = await claimOnce(database);
		await expireLeases(database.pool);
		await markDelivered(headLease);
		expect([events.length, await statusOf(database.pool, id)]).toEqual([1, "delivered"]);
	});

	test.each(["pending", "dead", "uncertain"] as const)("after it was reaped, and is %s", async (next) => {
		const { events, headLease } = await claimOnce(database);
		const decision = next === "pending" ? { next, delayMs: 60_000, excused: false } : { next };
		await settleFailed(
			database.pool,
			events.map((event) => ({ ...settlement(event, SERVER_ERROR, decision), durationMs: null })),
			[headLease],
		);
		expect([
			await statusOf(database.pool, id),
			(await database.query("SELECT FROM reward_outbox.claims")).rowCount,
		]).toEqual([next, 0]);
		await markDelivered(headLease);
		expect([await statusOf(database.pool, id), await attemptsOf(database.pool, id)]).toEqual([
			"delivered",
			expect.arrayContaining(["1 accepted", "1 ambiguous"]),
		]);
	});
});

test("a claim stays as long as one of its attempts is not on record, whoever says that it is over", async () => {
	await insertOne(database.pool);
	const { events, headLease } = await claimOnce(database);
	expect(events).toHaveLength(2);
	await accept(database, events.slice(0, 1), [headLease]);
	expect((await database.query("SELECT FROM reward_outbox.claims")).rowCount).toBe(1);
	await accept(database, events.slice(1), [headLease]);
	expect((await database.query("SELECT FROM reward_outbox.claims")).rowCount).toBe(0);
});
