import { expect, test } from "vitest";
import type { AttentionInWords } from "../../src/event/attention-entry.ts";
import { type AlertPolicy, alertTold, type DueAlert, observeAttention, takeAlertTurn } from "../../src/store/alerts.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";

const HOUR = 3_600_000;
/** Everything at once; a test that wants damping says so. */
const AT_ONCE: AlertPolicy = { lastingMs: 0, goneMs: 0, most: 10, mostTries: 10, retryMs: HOUR };
const DEAD: AttentionInWords = {
	code: "dead_events",
	subject: null,
	severity: "warning",
	since: null,
	title: "1 event is dead",
	remedy: "List them",
};
const paused = (subject: string): AttentionInWords => ({ ...DEAD, code: "trigger_paused", subject });

async function told(
	database: TestDatabase,
	seen: AttentionInWords[],
	policy: Partial<AlertPolicy> = {},
): Promise<DueAlert[]> {
	const due = await observeAttention(database.pool, seen, { ...AT_ONCE, ...policy });
	for (const alert of due) await alertTold(database.pool, alert);
	return due;
}

const look = (database: TestDatabase, seen: AttentionInWords[], policy: Partial<AlertPolicy> = {}) =>
	observeAttention(database.pool, seen, { ...AT_ONCE, ...policy });
const alerts = async (database: TestDatabase) => (await database.query("SELECT * FROM reward_outbox.alerts")).rows;

test("is told once that it is the case, and once that it is over, and then forgotten", async () => {
	await using database = await createTestDatabase();
	const since = new Date("2026-03-01T10:00:00.123Z");
	const firing = {
		status: "firing",
		code: "dead_events",
		subject: null,
		severity: "warning",
		title: DEAD.title,
		since,
	};
	expect(await told(database, [{ ...DEAD, since }])).toMatchObject([{ ...firing, database: database.name }]);
	expect(await told(database, [{ ...DEAD, title: "2 events are dead" }])).toEqual([]);
	expect(await told(database, [])).toMatchObject([{ ...firing, status: "over", title: "2 events are dead" }]);
	expect(await told(database, [])).toEqual([]);
	expect(await alerts(database)).toEqual([]);
});

test("what has not lasted is not told, and a gap begins it anew", async () => {
	await using database = await createTestDatabase();
	const minute = { lastingMs: 60_000 };
	const lastedFor = (seconds: number) =>
		database.query("UPDATE reward_outbox.alerts SET seen_from = seen_from - $1 * interval '1 second'", [seconds]);
	expect(await told(database, [DEAD], minute)).toEqual([]);
	await lastedFor(59);
	expect(await told(database, [DEAD], minute)).toEqual([]);
	expect(await told(database, [], minute)).toEqual([]);
	expect(await told(database, [DEAD], minute)).toEqual([]);
	await lastedFor(59);
	expect(await told(database, [DEAD], minute)).toEqual([]);
	await lastedFor(1);
	expect(await told(database, [DEAD], minute)).toMatchObject([{ status: "firing" }]);
});

test("what flaps after it was told is told neither as over nor again", async () => {
	await using database = await createTestDatabase();
	await told(database, [DEAD]);
	for (let n = 0; n < 5; n++) {
		expect(await told(database, [], { goneMs: HOUR })).toEqual([]);
		expect(await told(database, [DEAD], { goneMs: HOUR })).toEqual([]);
	}
});

test("a message is handed to one of many, and again when its time has come", async () => {
	await using database = await createTestDatabase();
	await look(database, [DEAD], { lastingMs: HOUR });
	const handed = await Promise.all(Array.from({ length: 8 }, () => look(database, [DEAD])));
	expect(handed.flat()).toHaveLength(1);
	await database.query("UPDATE reward_outbox.alerts SET try_at = clock_timestamp()");
	expect(await look(database, [DEAD])).toHaveLength(1);
});

test("a receiver that takes nothing is tried a bounded number of times, ever more seldom, and needs no end", async () => {
	await using database = await createTestDatabase();
	const policy = { mostTries: 4, retryMs: 1_000 };
	const waits: number[] = [];
	for (let n = 0; n < 4; n++) {
		expect(await look(database, [DEAD], policy)).toHaveLength(1);
		const [row] = await alerts(database);
		waits.push(Math.round((row?.["try_at"] - row?.["seen_at"]) / 1_000));
		await database.query("UPDATE reward_outbox.alerts SET try_at = clock_timestamp()");
	}
	expect(waits).toEqual([1, 2, 4, 8]);
	expect(await look(database, [DEAD], policy)).toEqual([]);
	expect(await look(database, [], policy)).toEqual([]);
	expect(await alerts(database)).toEqual([]);
});

test("back before anybody was told that it is over, there is nothing to tell", async () => {
	await using database = await createTestDatabase();
	await told(database, [DEAD]);
	expect(await look(database, [])).toMatchObject([{ status: "over" }]);
	expect(await look(database, [DEAD])).toEqual([]);
	await database.query("UPDATE reward_outbox.alerts SET try_at = clock_timestamp() WHERE try_at IS NOT NULL");
	expect(await look(database, [DEAD])).toEqual([]);
});

test("back while the receiver was told that it is over, it is told again", async () => {
	await using database = await createTestDatabase();
	await told(database, [DEAD]);
	const [over] = await look(database, []);
	await look(database, [DEAD]);
	await alertTold(database.pool, over as DueAlert);
	expect(await told(database, [DEAD])).toMatchObject([{ status: "firing" }]);
	expect(await told(database, [])).toMatchObject([{ status: "over" }]);
});

test("many at once come a bounded number at a time", async () => {
	await using database = await createTestDatabase();
	const many = Array.from({ length: 25 }, (_, n) => paused(`t${n}`));
	const sizes: number[] = [];
	for (let n = 0; n < 4; n++) sizes.push((await told(database, many)).length);
	expect(sizes).toEqual([10, 10, 5, 0]);
});

test("one of many relays gets the turn", async () => {
	await using database = await createTestDatabase();
	const turns = await Promise.all(Array.from({ length: 8 }, () => takeAlertTurn(database.pool, "look", HOUR)));
	expect(turns.filter((taken) => taken)).toHaveLength(1);
	expect(await takeAlertTurn(database.pool, "look", 0)).toBe(true);
});
