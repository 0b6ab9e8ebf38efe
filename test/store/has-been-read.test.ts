import { sql } from "kysely";
import { expect, test } from "vitest";
import { candidates } from "../../src/store/inspect/candidates.ts";
import { readHead } from "../../src/store/inspect/head.ts";
import { readConsistently } from "../../src/store/inspect/reading.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { begin, claimOnce, ids, insert } from "./events.ts";

/**
 * Whether an event has been read is worked out from the head in five places, each time in the form that the index and
 * the planner need there. A claim works it out as well, and is what they are held to.
 */
const PLACES: Readonly<Record<string, (database: TestDatabase) => Promise<string[]>>> = {
	"the view unread": (database) => column(database, "SELECT id FROM reward_outbox.unread"),
	"the view events": (database) =>
		column(
			database,
			`SELECT e.id FROM reward_outbox.events e
			 WHERE e.status = 'pending' AND NOT EXISTS (SELECT FROM reward_outbox.event_states s WHERE s.event_id = e.id)`,
		),
	"a search in reading order": (database) => searched(database, "read_order"),
	"a search by another index": (database) => searched(database, "searched"),
};

/** Of events that have an ordering key. */
const UNREAD_BEFORE = `
	SELECT o.id FROM reward_outbox.outbox o, reward_outbox.head_now h
	WHERE reward_outbox.unread_before(o.ordering_key, o.seq + 1, h.read_through, h.reading, h.last_xid, h.last_seq)`;

async function column(database: TestDatabase, text: string): Promise<string[]> {
	return (await database.query<{ id: string }>(text)).rows.map(({ id }) => id).toSorted();
}

async function searched(database: TestDatabase, way: "searched" | "read_order"): Promise<string[]> {
	const filter = { status: "pending", since: null, until: null, fromId: null, toId: null } as const;
	const window = { filter, below: null, order: "asc", limit: 1_000 } as const;
	const pending = await readConsistently(database.pool, async (reading) => {
		const found = candidates(reading, window, await readHead(reading), way);
		const { rows } = await sql<{ id: string }>`SELECT f.id FROM (${found}) f`.execute(reading.db);
		return rows;
	});
	const waiting = await column(database, "SELECT event_id AS id FROM reward_outbox.event_states");
	return pending.flatMap(({ id }) => (waiting.includes(id) ? [] : [id])).toSorted();
}

test("every place that works out whether an event has been read agrees with what is claimed", async () => {
	await using database = await createTestDatabase();
	const unread = new Set<string>();
	const keyed = new Set<string>();
	/** One with an ordering key and two without; committed at once, or when the transaction is. */
	const write = async (db: Parameters<typeof insert>[0] = database) => {
		const [orderly] = await insert(db, { orderingKey: `key-${keyed.size}` });
		keyed.add(orderly as string);
		const written = [orderly as string, ...(await insert(db, {}, 2))];
		if (db === database) for (const id of written) unread.add(id);
		return written;
	};
	const claimed: string[] = [];
	const read = async (limit: number) => {
		const { events, more } = await claimOnce(database, { limit, lookForDue: false });
		claimed.push(...ids(events));
		const waiting = await column(database, "SELECT event_id AS id FROM reward_outbox.event_states");
		for (const id of [...ids(events), ...waiting]) unread.delete(id);
		return more;
	};
	const agree = async (moment: string) => {
		for (const [place, find] of Object.entries(PLACES)) {
			expect(await find(database), `${place}, ${moment}`).toEqual([...unread].toSorted());
		}
		const orderly = [...unread].filter((id) => keyed.has(id)).toSorted();
		expect(await column(database, UNREAD_BEFORE), `unread_before(), ${moment}`).toEqual(orderly);
	};

	await write();
	await agree("before anything was read");
	await using early = await begin(database);
	const inEarly = await write(early);
	await using long = await begin(database);
	const inLong = await write(long);
	expect(await read(100)).toBe(false);
	await agree("with two transactions still running");
	await early.query("COMMIT");
	for (const id of inEarly) unread.add(id);
	await agree("once one of them has committed");

	await using during = await begin(database);
	const inDuring = await write(during);
	for (let n = 0; n < 3; n++) await write();
	expect(await read(2)).toBe(true);
	await agree("in the middle of the transaction that committed late");
	expect(await read(4)).toBe(true);
	await agree("in the middle of a look");
	await during.query("COMMIT");
	for (const id of inDuring) unread.add(id);
	await write();
	await agree("in the middle of a look, with what was committed since it began");
	await long.query("COMMIT");
	for (const id of inLong) unread.add(id);
	await agree("in the middle of a look, with all that was running in it committed");

	for (let more = true; more || unread.size > 0; ) more = await read(3);
	await agree("at the end");
	expect(new Set(claimed).size).toBe(claimed.length);
	const all = await column(database, "SELECT id FROM reward_outbox.outbox");
	const waiting = await column(database, "SELECT event_id AS id FROM reward_outbox.event_states");
	expect([...new Set([...claimed, ...waiting])].toSorted()).toEqual(all);
});
