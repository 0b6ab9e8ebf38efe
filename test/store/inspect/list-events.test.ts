import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { UsageError } from "../../../src/errors.ts";
import type { Decision } from "../../../src/event/decide.ts";
import { STATUSES } from "../../../src/event/event.ts";
import { cancelEvents, resolveEvent } from "../../../src/store/decide-events.ts";
import { cursorAfter } from "../../../src/store/inspect/cursor.ts";
import type { EventFilter } from "../../../src/store/inspect/filter.ts";
import { findEvents, listEvents } from "../../../src/store/inspect/list-events.ts";
import { createTestDatabase } from "../../support/database.ts";
import { useTestDatabase } from "../../support/file-database.ts";
import { accept, begin, claimAll, claimOnce, fail, insert, insertOne, statuses } from "../events.ts";

const database = useTestDatabase();
const NOBODY = { actor: "test", reason: null };

/** All pages, joined. */
async function everyPage(
	filter: EventFilter,
	limit: number,
	between: () => Promise<unknown> = async () => {},
): Promise<string[]> {
	const found: string[] = [];
	for (let cursor: string | undefined; ; ) {
		const page = await listEvents(database.current.pool, {
			filter,
			limit,
			...(cursor === undefined ? {} : { cursor }),
		});
		expect(page.events.length).toBeLessThanOrEqual(limit);
		found.push(...page.events.map((event) => event.id));
		if (page.nextCursor === null) return found;
		cursor = page.nextCursor;
		await between();
	}
}

beforeAll(async () => {
	const { pool } = database.current;
	await pool.query("SELECT reward_outbox.set_trigger('once', '{\"mode\": \"at_most_once\"}')");
	for (const user of ["ann", "bob"]) {
		for (const trigger of ["pay", "once"]) {
			// One of each fate, in no order of status, and a pending one that has waited. The claim stays until all are
			// settled.
			const events: string[] = [];
			for (let no = 0; no < 7; no += 1) {
				const shop = no % 2 === 0 ? "web" : "app";
				const narrow = {
					idempotencyKey: `${user}-${trigger}-${no}`,
					metadata: `{"order": {"no": ${no}}, "shop": "${shop}"}`,
				};
				events.push(await insertOne(pool, { user, trigger, ...narrow, ...(no % 3 === 0 ? { source: "orders" } : {}) }));
			}
			const claimed = await claimAll(database.current);
			const take = (n: number) => claimed.filter((event) => event.eventId === events[n]);
			const decided = (decision: Decision) => ({ decision, done: [] });
			await accept(database.current, [...take(0), ...take(3)], []);
			await fail(database.current, take(1), decided({ next: "dead" }));
			await fail(database.current, [...take(2), ...take(4)], decided({ next: "uncertain" }));
			await fail(database.current, take(5), decided({ next: "pending", delayMs: 3_600_000, excused: false }));
			await fail(database.current, take(6), { decision: { next: "dead" } });
			await resolveEvent(pool, events[4] as string, true, NOBODY);
			await cancelEvents(pool, [events[6] as string], NOBODY);
		}
		await insert(pool, { user, trigger: "pay", metadata: '{"shop": "web"}', source: "orders" }, 2);
		await claimOnce(database.current, { limit: 1, lookForDue: false });
	}
	const [unreadAndCancelled] = await insert(pool, { user: "ann" });
	await cancelEvents(pool, [unreadAndCancelled as string], NOBODY);
});

describe("a filter", () => {
	const narrow: EventFilter[] = [
		{},
		{ idempotencyKey: "ann-once-0" },
		{ idempotencyKey: "nobody-has-it" },
		{ metadata: '{"order": {"no": 2}}' },
		{ metadata: '{"shop": "web"}' },
		{ metadata: "{}" },
		{ source: "orders" },
		{ source: "nothing" },
		{ source: "orders", metadata: '{"shop": "app"}', user: "bob", trigger: "once" },
		{ idempotencyKey: "bob-pay-1", user: "ann" },
	];
	const filters: EventFilter[] = [undefined, ...STATUSES].flatMap((status) =>
		[undefined, "pay", "nope"].flatMap((trigger) =>
			[undefined, "ann", "nobody"].map((user) => ({
				...(status === undefined ? {} : { status }),
				...(trigger === undefined ? {} : { trigger }),
				...(user === undefined ? {} : { user }),
			})),
		),
	);
	const combined = narrow.flatMap((more) =>
		[undefined, ...STATUSES].map((status): EventFilter => ({ ...more, ...(status === undefined ? {} : { status }) })),
	);

	test.each([...filters, ...combined])(
		"%o finds what the events view says, newest first, in pages of any size",
		async (filter) => {
			const { rows } = await database.current.query<{ id: string }>(
				`SELECT id FROM reward_outbox.events WHERE ($1::text IS NULL OR status = $1) AND ($2::text IS NULL OR trigger_id = $2)
			 AND ($3::text IS NULL OR user_id = $3) AND ($4::text IS NULL OR idempotency_key = $4)
			 AND ($5::jsonb IS NULL OR metadata @> $5) AND ($6::text IS NULL OR source = $6) ORDER BY id DESC`,
				[filter.status, filter.trigger, filter.user, filter.idempotencyKey, filter.metadata, filter.source],
			);
			const expected = rows.map((row) => row.id);
			for (const limit of [3, 1000]) expect(await everyPage(filter, limit)).toEqual(expected);
			const oldestFirst = await findEvents(database.current.pool, filter, 3);
			expect(oldestFirst.map((event) => event.id)).toEqual(expected.toReversed().slice(0, 3));
		},
	);

	test("each status of the setting occurs, or the test above would prove nothing", async () => {
		const { rows } = await database.current.query("SELECT DISTINCT status FROM reward_outbox.events ORDER BY status");
		expect(rows.map((row) => row["status"])).toEqual(STATUSES.toSorted());
	});

	test("by time cuts to the microsecond: since is included, until is not", async () => {
		const { rows } = await database.current.query<{ id: string; at: string }>(
			"SELECT id, to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') AS at FROM reward_outbox.events ORDER BY id DESC",
		);
		const times = rows.map(({ at }) => at).toSorted();
		const [from, to] = [times[5], times[times.length - 8]] as [string, string];
		const between = { since: { kind: "absolute", iso: from }, until: { kind: "absolute", iso: to } } as const;
		const expected = rows.filter(({ at }) => at >= from && at < to).map((row) => row.id);
		expect(expected.length).toBeGreaterThan(3);
		expect(await everyPage(between, 2)).toEqual(expected);
		for (const status of STATUSES) {
			const all = await everyPage({ status }, 1000);
			expect(await everyPage({ ...between, status }, 2)).toEqual(all.filter((id) => expected.includes(id)));
		}
	});

	test("by a distance from now goes by the database's clock", async () => {
		expect(await everyPage({ since: { kind: "relative", ms: 3_600_000 } }, 1000)).toHaveLength(
			(await everyPage({}, 1000)).length,
		);
		expect(await everyPage({ until: { kind: "relative", ms: 3_600_000 } }, 1000)).toEqual([]);
	});

	test.each(["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z"])("reaches to the ends of time: %s", async (iso) => {
		const before = await everyPage({ until: { kind: "absolute", iso } }, 1000);
		const after = await everyPage({ since: { kind: "absolute", iso } }, 1000);
		expect([...after, ...before]).toEqual(await everyPage({}, 1000));
	});
});

test("no event is lost or shown twice while others are written, whatever the size of a page", async () => {
	let user = "";
	await fc.assert(
		fc.asyncProperty(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 0, max: 4 }), async (limit, written) => {
			user = `paged${user}`;
			const before = await insert(database.current.pool, { user }, 11);
			const during = await everyPage({ user }, limit, () => insert(database.current.pool, { user }, written));
			expect(during).toEqual(before.toSorted().toReversed());
		}),
		{ numRuns: 15 },
	);
});

test("an event that commits late is found with a page of its own place", async () => {
	const late = await begin(database.current);
	await using _ = late;
	const id = await insertOne(late, { user: "late" });
	await insert(database.current.pool, { user: "late" }, 2);
	expect(await everyPage({ user: "late" }, 1)).toHaveLength(2);
	await late.query("COMMIT");
	expect(await everyPage({ user: "late" }, 1)).toContain(id);
	expect(await everyPage({ user: "late", status: "pending" }, 1)).toHaveLength(3);
});

test("numbers come out as they were written", async () => {
	const payload = '{"value": 12345678901234567890.10}';
	await insertOne(database.current.pool, { user: "exact", payload });
	const { events } = await listEvents(database.current.pool, { filter: { user: "exact" }, limit: 1 });
	expect(JSON.stringify(events[0]?.payload)).toBe('{"value":12345678901234567890.10}');
});

describe("a cursor", () => {
	test("that is well-formed may name an event that is gone", async () => {
		const cursor = cursorAfter("ffffffff-ffff-7fff-bfff-ffffffffffff");
		const page = await listEvents(database.current.pool, { filter: { status: "dead" }, limit: 1, cursor });
		expect(page.events).toHaveLength(1);
	});

	test.each([
		"",
		"x",
		"'; DROP SCHEMA reward_outbox; --",
		"AQ",
		`${cursorAfter("0190b6f2-0000-7000-8000-000000000001")}=`,
		cursorAfter("0190b6f2-0000-7000-8000-000000000001").slice(0, -1),
		` ${cursorAfter("0190b6f2-0000-7000-8000-000000000001")}`,
		Buffer.alloc(17).toString("base64url"),
		"A".repeat(1_000_000),
	])("that was not made here is wrong usage: %.40s", async (cursor) => {
		await expect(listEvents(database.current.pool, { filter: {}, limit: 1, cursor })).rejects.toThrow(UsageError);
	});

	test("never makes anything but an id of random bytes", async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.oneof(
					fc.string(),
					fc.base64String(),
					fc.uint8Array().map((bytes) => Buffer.from(bytes).toString("base64url")),
				),
				async (cursor) => {
					await listEvents(database.current.pool, { filter: {}, limit: 1, cursor }).catch((error) =>
						expect(error).toBeInstanceOf(UsageError),
					);
				},
			),
			{ numRuns: 100 },
		);
	});
});

test("what is listed as pending is what relays will find, also with a transaction running since before", async () => {
	await using own = await createTestDatabase();
	const early = await begin(own);
	await using _ = early;
	const hidden = await insertOne(early);
	const seen = await insert(own.pool, {}, 3);
	await claimOnce(own, { limit: 100 });
	await early.query("COMMIT");
	const { events } = await listEvents(own.pool, { filter: { status: "pending" }, limit: 10 });
	expect(events.map((event) => event.id)).toEqual([hidden]);
	expect(await statuses(own.pool, seen)).toEqual(["sending", "sending", "sending"]);
});
