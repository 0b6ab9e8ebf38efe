import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { decideDatabase } from "../../src/event/which-database.ts";
import { adopt, readAdoption } from "../../src/store/adopt.ts";
import {
	adoptUnused,
	prove,
	type Recent,
	type RememberedResult,
	readDatabaseFacts,
	testify,
} from "../../src/store/identity.ts";
import { registerRelay } from "../../src/store/relays.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { claimAll, claimOnce, ids, insertOne, statusOf } from "./events.ts";

const DECISION = { cancelBacklog: false, reason: "a test", actor: null };
const RELAY = { name: "r", version: "0", concurrency: 1 };
const NOTHING: Recent = { openLeases: () => [], results: [] };

/** A database to send from, and a relay that does. */
async function sending() {
	const database = await createTestDatabase();
	await adoptUnused(database.pool, "test");
	const relayNo = await registerRelay(database.pool, RELAY);
	const remembered = await prove(database.pool, { proofId: randomUUID(), relayNo, beats: null, ended: false });
	if (remembered === null) throw new Error("a first mark is always made");
	const verdict = async (recent = NOTHING) =>
		decideDatabase(await readDatabaseFacts(database.pool, { relayNo, name: "r" }, remembered, recent)).kind;
	return { database, relayNo, remembered, verdict, [Symbol.asyncDispose]: () => database.drop() };
}

const otherTimeline = (database: TestDatabase) =>
	database.query(
		"UPDATE reward_outbox.installation SET timeline = 'FFFFFFFF'; SELECT reward_outbox.mark_installation()",
	);

const verdictOfANewcomer = async (database: TestDatabase) =>
	decideDatabase(await readDatabaseFacts(database.pool, { relayNo: 0, name: "" }, null, NOTHING));

function result(eventId: string, more: Partial<RememberedResult> = {}): RememberedResult {
	const base = {
		event_id: eventId,
		trigger_id: "payment",
		user_id: "u",
		attempt: 1,
		outcome: "accepted",
		http_status: 200,
	};
	return { ...base, error_code: null, error_message: null, duration_ms: 5, age_ms: 1000, ...more };
}

describe("evidence", () => {
	test("is nothing that registering makes: however often a newcomer looks at a copy, it stays one", async () => {
		await using place = await sending();
		const { database } = place;
		await insertOne(database);
		await otherTimeline(database);
		for (let looks = 0; looks < 3; looks += 1) {
			expect(await verdictOfANewcomer(database)).toMatchObject({ kind: "stop", code: "failover_unconfirmed" });
			await registerRelay(database.pool, RELAY);
		}
	});

	test("of a relay that finds everything: a new timeline is followed", async () => {
		await using place = await sending();
		await insertOne(place.database);
		await otherTimeline(place.database);
		expect(await place.verdict()).toBe("follow");
	});

	test("of an open lease that is not there: the database went back; one that was settled meanwhile is none", async () => {
		await using place = await sending();
		const lease = randomUUID();
		expect(await place.verdict({ openLeases: () => [lease], results: [] })).toBe("stop");
		let asked = 0;
		// Open when the question was sent, settled when the answer came.
		expect(await place.verdict({ openLeases: () => (asked++ === 0 ? [lease] : []), results: [] })).toBe("continue");
	});

	test("of a result: missing where the event is there without it, not where both were pruned", async () => {
		await using place = await sending();
		const eventId = await insertOne(place.database);
		const recent = (id: string) => ({ openLeases: () => [], results: [{ eventId: id, attempt: 1 }] });
		expect(await place.verdict(recent(eventId))).toBe("stop");
		expect(await place.verdict(recent(randomUUID()))).toBe("continue");
	});

	test.each([
		["a mark that is lower", "UPDATE reward_outbox.relay_proofs SET beats = -1"],
		["a mark that is not there", "DELETE FROM reward_outbox.relay_proofs"],
		[
			"a head that is behind",
			"DELETE FROM reward_outbox.head; INSERT INTO reward_outbox.head (position_no, read_through) OVERRIDING SYSTEM VALUE VALUES (0, pg_current_snapshot())",
		],
	])("%s means that the database went back, and cannot be raised again by asking", async (_, change) => {
		await using place = await sending();
		await place.database.query(change);
		expect(await place.verdict()).toBe("stop");
		const { proofId, beats } = place.remembered;
		const again = await prove(place.database.pool, { proofId, relayNo: place.relayNo, beats, ended: false });
		expect(again === null || (await place.verdict()) === "stop").toBe(true);
	});

	test("rows with the epoch of another installation are never claimed", async () => {
		await using place = await sending();
		await insertOne(place.database);
		await place.database.query("UPDATE reward_outbox.outbox SET epoch = 7 WHERE epoch <> 7");
		expect(await claimAll(place.database)).toEqual([]);
		expect(await verdictOfANewcomer(place.database)).toMatchObject({ kind: "stop", code: "not_adopted" });
	});
});

describe("a claim", () => {
	test("fails where the relay knows another database, and in one transaction with what it rests on", async () => {
		await using place = await sending();
		const { database, remembered } = place;
		const eventId = await insertOne(database);
		const wrong = { ...remembered, headPosition: "999999" };
		await expect(claimOnce(database, { known: wrong })).rejects.toMatchObject({ code: "RWDB1" });
		const others = [{ installationId: randomUUID() }, { proofId: randomUUID() }, { beats: "999999" }];
		for (const other of others)
			await expect(claimOnce(database, { known: { ...remembered, ...other } })).rejects.toMatchObject({
				code: "RWDB1",
			});
		expect(ids((await claimOnce(database, { known: remembered })).events)).toEqual([eventId]);
	});

	test("fails where the outbox was read further than the server has come, whoever asks", async () => {
		await using place = await sending();
		await insertOne(place.database);
		await place.database.query("INSERT INTO reward_outbox.head (read_through) VALUES ('900000001:900000001:')");
		await expect(claimOnce(place.database)).rejects.toMatchObject({ code: "RWDB1" });
	});
});

describe("what a relay remembers, told to a database that lost it", () => {
	test("is not sent again, and frees the next of its ordering key", async () => {
		await using place = await sending();
		const first = await insertOne(place.database, { orderingKey: "k" });
		const second = await insertOne(place.database, { orderingKey: "k" });
		await adopt(place.database.pool, DECISION);
		const told = await testify(place.database.pool, { relayNo: place.relayNo, name: "r" }, [result(first)], true);
		expect(told).toEqual({ recorded: 1, missing: 0 });
		expect(await statusOf(place.database, first)).toBe("delivered");
		expect(ids(await claimAll(place.database))).toEqual([second]);
	});

	test("is not sent where it is still to be read, and does not hold its ordering key", async () => {
		await using place = await sending();
		const { database } = place;
		const relay = { relayNo: place.relayNo, name: "r" };
		const [alone, first, second] = [
			await insertOne(database),
			await insertOne(database, { orderingKey: "k" }),
			await insertOne(database, { orderingKey: "k" }),
		];
		await testify(database.pool, relay, [result(alone), result(first)], true);
		expect(ids(await claimAll(database))).toEqual([second]);
		expect([await statusOf(database, alone), await statusOf(database, first)]).toEqual(["delivered", "delivered"]);
	});

	test("may be told before the adoption, twice, and what no longer exists is listed", async () => {
		await using place = await sending();
		const here = await insertOne(place.database);
		const gone = randomUUID();
		const relay = { relayNo: place.relayNo, name: "r" };
		for (let times = 0; times < 2; times += 1)
			await testify(place.database.pool, relay, [result(here), result(gone)], true);
		expect(await adopt(place.database.pool, DECISION)).toBe(0);
		expect(await claimAll(place.database)).toEqual([]);
		expect((await readAdoption(place.database.pool)).missing.events).toMatchObject([
			{ eventId: gone, why: "accepted" },
		]);
	});

	test("leaves a failure to the claim that still names the event: whoever reaps that moves it on", async () => {
		await using place = await sending();
		const { database } = place;
		const id = await insertOne(database);
		await claimAll(database);
		const failure = result(id, { outcome: "ambiguous", http_status: null });
		const told = await testify(database.pool, { relayNo: place.relayNo, name: "r" }, [failure], true);
		expect(told).toEqual({ recorded: 0, missing: 0 });
		await database.query("UPDATE reward_outbox.claims SET expires_at = clock_timestamp() - interval '1 second'");
		const { rows } = await database.query("SELECT event_id FROM reward_outbox.expired_leases(10)");
		expect(rows).toEqual([{ event_id: id }]);
	});

	test("makes an event uncertain where at most once was asked for, and counts as an attempt elsewhere", async () => {
		await using place = await sending();
		const { database } = place;
		await database.query("SELECT reward_outbox.set_trigger('once', '{\"mode\": \"at_most_once\"}')");
		const once = await insertOne(database, { trigger: "once" });
		const often = await insertOne(database);
		const results = [once, often].map((id) => result(id, { outcome: "ambiguous", http_status: null }));
		await testify(database.pool, { relayNo: place.relayNo, name: "r" }, results, true);
		await adopt(database.pool, DECISION);
		expect(await statusOf(database, once)).toBe("uncertain");
		expect((await claimAll(database)).map(({ eventId, attempt }) => [eventId, attempt])).toEqual([[often, 2]]);
	});
});
