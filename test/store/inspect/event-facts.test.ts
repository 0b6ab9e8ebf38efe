import { expect, test } from "vitest";
import { cancelEvents, resolveEvent, retryEvents } from "../../../src/store/decide-events.ts";
import { readFacts } from "../../../src/store/inspect/event-facts.ts";
import { readEvent } from "../../../src/store/inspect/one-event.ts";
import { heartbeat } from "../../../src/store/relays.ts";
import { explain } from "../../../src/words/why.ts";
import { createTestDatabase, type TestDatabase } from "../../support/database.ts";
import { accept, claimAll, expireLeases, fail, insert, insertOne, someRelay } from "../events.ts";

const ALICE = { actor: "alice", reason: "checked" };

async function why(database: TestDatabase, id: string): Promise<string> {
	const facts = await readFacts(database.pool, id, 20);
	if (facts === null) throw new Error("no such event");
	return explain(facts).join("\n");
}

test("every status is explained from what is on record", async () => {
	await using database = await createTestDatabase();
	const relayNo = await someRelay(database, "relay-7");
	const [delivered, dead, uncertain, waiting, cancelled, resolved] = (await insert(database.pool, {}, 6)) as [
		string,
		string,
		string,
		string,
		string,
		string,
	];
	const claimed = await claimAll(database, { relayNo });
	const take = (id: string) => claimed.filter((event) => event.eventId === id);
	await accept(database, take(delivered), [], relayNo);
	await fail(database, take(dead), { decision: { next: "dead" }, done: [] });
	await fail(database, [...take(uncertain), ...take(resolved)], { decision: { next: "uncertain" }, done: [] });
	await fail(database, take(waiting), { decision: { next: "pending", delayMs: 60_000, excused: false }, done: [] });
	await fail(database, take(cancelled), { decision: { next: "dead" } });
	await cancelEvents(database.pool, [cancelled], ALICE);
	await resolveEvent(database.pool, resolved, true, ALICE);
	const sending = await insertOne(database.pool);
	await claimAll(database, { relayNo });
	const fresh = await insertOne(database.pool);

	expect(await why(database, delivered)).toMatch(
		/^The event is delivered[\s\S]*by relay-7: Reward answered HTTP 200[\s\S]*Nothing further/,
	);
	expect(await why(database, dead)).toMatch(
		/^The event is dead: “http_500: it broke”[\s\S]*HTTP 500[\s\S]*events retry/,
	);
	expect(await why(database, uncertain)).toMatch(/^The event is uncertain[\s\S]*events resolve/);
	expect(await why(database, waiting)).toMatch(
		/will be sent again[\s\S]*next attempt is made in (59|1 min)[\s\S]*19 of 20 attempts left/,
	);
	expect(await why(database, cancelled)).toMatch(
		/^The event is cancelled[\s\S]*alice \(\w+\) cancelled it[\s\S]*“checked”; until then it was dead/,
	);
	expect(await why(database, resolved)).toMatch(/^The event is delivered[\s\S]*alice \(\w+\) resolved it as delivered/);
	expect(await why(database, sending)).toMatch(/^The event is being sent[\s\S]*relay-7 took it for attempt 1/);
	expect(await why(database, fresh)).toMatch(/was not sent yet[\s\S]*as soon as it has a free slot/);
	await expireLeases(database.pool);
	expect(await why(database, sending)).toMatch(/lease_expired[\s\S]*relay-7 took it .* and its lease has expired/);
});

test("an event behind another of its key names it, read or not, and the other knows how many wait", async () => {
	await using database = await createTestDatabase();
	const [head, second] = (await insert(database.pool, { orderingKey: "k" }, 3)) as [string, string];
	await fail(database, await claimAll(database), { decision: { next: "uncertain" } });
	const unread = await insertOne(database.pool, { orderingKey: "k" });
	for (const id of [second, unread]) {
		expect(await readFacts(database.pool, id, 20)).toMatchObject({
			held_back_by: { id: head, status: "uncertain" },
			holds_back: 0,
		});
	}
	expect(await readFacts(database.pool, head, 20)).toMatchObject({ held_back_by: null, holds_back: 2 });
});

test("a relay that said goodbye or fell silent is not alive, and is named when none is", async () => {
	await using database = await createTestDatabase();
	const id = await insertOne(database.pool);
	const relayNo = await someRelay(database, "only-one");
	const beat = {
		relayNo,
		listener: "listening",
		pause: { code: "key_refused", reason: "Reward refuses the API key (HTTP 401)" },
		holding: null,
		stopped: false,
	} as const;
	await heartbeat(database.pool, beat);
	expect(await why(database, id)).toMatch(/the relay only-one is paused since .*HTTP 401/);
	await database.query("UPDATE reward_outbox.relays SET seen_at = seen_at - interval '31 seconds'");
	expect(await why(database, id)).toMatch(/no relay is alive \(the last one, only-one, was last seen 31 s ago/);
	await heartbeat(database.pool, { ...beat, stopped: true });
	expect(await why(database, id)).toMatch(/only-one, stopped just now/);
});

test("a pause, a limit and deliver_after are among the facts", async () => {
	await using database = await createTestDatabase();
	await someRelay(database);
	await database.query("SELECT reward_outbox.pause_trigger('payment', 'campaign', 'bob')");
	await database.query(
		'SELECT reward_outbox.set_trigger(\'payment\', \'{"max_attempts": 3, "mode": "at_most_once"}\')',
	);
	const id = await insertOne(database.pool, { deliverAfter: "now() + interval '1 hour'" });
	await claimAll(database);
	expect(await why(database, id)).toMatch(
		/trigger is paused since .* by bob: “campaign”[\s\S]*as deliver_after asks[\s\S]*at-most-once/,
	);
});

test("a history of thousands of attempts is told with its middle left out", async () => {
	await using database = await createTestDatabase();
	const id = await insertOne(database.pool);
	await fail(database, await claimAll(database));
	await database.query(
		`INSERT INTO reward_outbox.attempt_log (event_id, started_at, attempt, duration_ms, relay_no, outcome)
		 SELECT $1, now(), n, 1, 1, 'not_sent' FROM generate_series(2, 5000) n`,
		[id],
	);
	const record = await readEvent(database.pool, id);
	expect(record?.attempts.map((attempt) => attempt.attempt)).toEqual([
		...Array.from({ length: 20 }, (_, n) => n + 1),
		...Array.from({ length: 80 }, (_, n) => n + 4921),
	]);
	expect(record?.attempts_left_out).toBe(4900);
	expect((await why(database, id)).length).toBeLessThan(3000);
});

test("an event that does not exist has no facts", async () => {
	await using database = await createTestDatabase();
	const id = "0190b6f2-0000-7000-8000-000000000001";
	expect(await readFacts(database.pool, id, 20)).toBeNull();
	expect(await readEvent(database.pool, id)).toBeNull();
});

test("a retry is told with who asked for it", async () => {
	await using database = await createTestDatabase();
	const id = await insertOne(database.pool);
	await accept(database, await claimAll(database));
	await retryEvents(database.pool, [id], true, ALICE);
	expect(await why(database, id)).toMatch(
		/accepted it\.\nalice \(\w+\) put it back to pending.*“checked”; until then it was delivered/,
	);
});
