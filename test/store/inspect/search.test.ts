import fc from "fast-check";
import type pg from "pg";
import { beforeAll, describe, expect, test } from "vitest";
import { STATUSES } from "../../../src/event/event.ts";
import type { Database } from "../../../src/store/database.ts";
import { cancelEvents } from "../../../src/store/decide-events.ts";
import { readDepth } from "../../../src/store/depth.ts";
import { type EventFilter, resolveFilter } from "../../../src/store/inspect/filter.ts";
import { eventRows } from "../../../src/store/inspect/list-events.ts";
import { readConsistently } from "../../../src/store/inspect/reading.ts";
import { type SearchLimits, search } from "../../../src/store/inspect/search.ts";
import { useTestDatabase } from "../../support/file-database.ts";
import { accept, claimAll, fail, insert } from "../events.ts";

const PAGE = 51;

/** One page, and where the next begins; null: there is none. */
function page(db: Database, filter: EventFilter, below: string | null, limit: number, limits: SearchLimits) {
	return readConsistently(db, async (reading) => {
		const resolved = await resolveFilter(reading, filter);
		const { ids, endedAt } = await search(reading, { filter: resolved, below, order: "desc", limit }, limits);
		const events = await eventRows(reading, ids);
		expect(events.map((event) => event.id)).toEqual(ids);
		const isFull = ids.length === limit;
		if (endedAt !== null) expect(isFull).toBe(false);
		return { ids, next: endedAt?.id ?? (isFull ? (ids.at(-1) as string) : null) };
	});
}

describe("whatever the bounds of a search are", () => {
	const database = useTestDatabase();

	beforeAll(async () => {
		const { pool } = database.current;
		for (let round = 0; round < 4; round += 1) {
			const old = { trigger: round < 2 ? "old" : "new", metadata: `{"round": ${round}}`, source: `watch${round % 3}` };
			const events = await insert(pool, { ...old, user: "ann" }, 7);
			const claimed = await claimAll(database.current);
			await accept(database.current, claimed.slice(0, 3), []);
			await fail(database.current, claimed.slice(3, 4), { decision: { next: "dead" }, done: [] });
			await fail(database.current, claimed.slice(4), {
				decision: { next: "pending", delayMs: 3_600_000, excused: false },
			});
			await cancelEvents(pool, [events[5] as string], { actor: "test", reason: null });
			await insert(pool, { trigger: "new", user: "bob" }, 2);
		}
		const held = await claimAll(database.current);
		expect(held.length).toBeGreaterThan(0);
		await insert(pool, { trigger: "new", user: "bob" }, 2);
	});

	test("its pages together have every event once, newest first", async () => {
		const { pool } = database.current;
		const { rows } = await pool.query("SELECT * FROM reward_outbox.events ORDER BY id DESC");
		const anyOf = <T>(...values: T[]) => fc.constantFrom(undefined, ...values);
		const filters = fc.record({
			status: anyOf(...STATUSES),
			trigger: anyOf("old", "new", "never"),
			source: anyOf("watch0", "watch1"),
			metadata: anyOf('{"round": 1}', '{"round": 9}'),
		});
		const bound = fc.integer({ min: 1, max: 9 });
		await fc.assert(
			fc.asyncProperty(filters, bound, bound, bound, bound, async (given, limit, walked, gathered, unread) => {
				const filter = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
				const found: string[] = [];
				for (let below: string | null = null; ; ) {
					const { ids, next } = await page(pool, filter, below, limit, { walked, gathered, unread });
					found.push(...ids);
					if (next === null) break;
					below = next;
				}
				const { status, trigger, source, metadata } = given;
				const round = metadata === undefined ? undefined : (JSON.parse(metadata) as { round: number }).round;
				const expected = rows.filter(
					(row) =>
						(status === undefined || row.status === status) &&
						(trigger === undefined || row.trigger_id === trigger) &&
						(source === undefined || row.source === source) &&
						(round === undefined || row.metadata?.round === round),
				);
				expect(found).toEqual(expected.map((row) => row.id));
			}),
			{ numRuns: 60 },
		);
	});
});

describe("with 200 000 events on record", () => {
	const database = useTestDatabase();
	/** A hundredth of a real one's work, for a record a fiftieth of the size that those are meant for. */
	const LIMITS: SearchLimits = { walked: 2500, gathered: 250, unread: 2500 };
	/**
	 * The table alone has some 4000; asked for one by one, its events would take a million. PostgreSQL 14 needs a tenth
	 * more than 18.
	 */
	const FEW_BUFFERS = 3000;

	beforeAll(async () => {
		await database.current.query(RECORD);
		for (const table of ["outbox", "attempt_log", "event_states"])
			await database.current.query(`VACUUM ANALYZE reward_outbox.${table}`);
	}, 120_000);

	const narrow: EventFilter[] = [
		{},
		{ user: "user7" },
		{ idempotencyKey: "order-5000" },
		{ idempotencyKey: "order-5001" },
		{ metadata: '{"order_id": 5000}' },
		{ metadata: '{"shop": "web"}' },
		{ metadata: '{"order_id": -1}' },
		{ trigger: "common" },
		{ trigger: "common_once" },
		{ trigger: "rare" },
		{ trigger: "never" },
		{ source: "rare_watch" },
		{ source: "never" },
		{
			trigger: "common",
			since: { kind: "relative", ms: 50 * 3_600_000 },
			until: { kind: "relative", ms: 49 * 3_600_000 },
		},
	];
	const filters = narrow.flatMap((more) =>
		[undefined, ...STATUSES].map((status): EventFilter => ({ ...more, ...(status === undefined ? {} : { status }) })),
	);

	test.each(filters)("a page of %o touches few buffers", async (filter) => {
		const { db, buffers } = explaining(database.current.pool);
		await page(db, filter, null, PAGE, LIMITS);
		expect(buffers()).toBeGreaterThan(0);
		expect(buffers()).toBeLessThan(FEW_BUFFERS);
	});

	test("a key finds its event, emitted or captured", async () => {
		for (const idempotencyKey of ["order-5000", "order-5001"]) {
			const { ids } = await page(database.current.pool, { idempotencyKey }, null, PAGE, LIMITS);
			const { rows } = await database.current.query(
				"SELECT idempotency_key FROM reward_outbox.events WHERE id = ANY ($1)",
				[ids],
			);
			expect(rows).toEqual([{ idempotency_key: idempotencyKey }]);
		}
	});

	test("what is rare is found in one call, however old it is", async () => {
		for (const filter of [{ trigger: "rare" }, { source: "rare_watch" }, { metadata: '{"order_id": 5000}' }]) {
			const { ids, next } = await page(database.current.pool, filter, null, PAGE, LIMITS);
			expect(ids.length).toBeGreaterThan(0);
			expect(next).toBeNull();
		}
	});

	test("what was common once is found by going on, each call within its bounds", async () => {
		const { pool } = database.current;
		let calls = 0;
		for (let below: string | null = null; ; calls += 1) {
			const { ids, next }: Awaited<ReturnType<typeof page>> = await page(
				pool,
				{ trigger: "common_once" },
				below,
				PAGE,
				LIMITS,
			);
			if (ids.length === PAGE) break;
			expect(next).not.toBeNull();
			below = next;
		}
		expect(calls).toBeGreaterThan(20);
	});

	test("the depth is read without walking over the record", async () => {
		const client = await database.current.pool.connect();
		try {
			await client.query("BEGIN");
			const before = await scans(client);
			const { byStatus } = await readDepth(client as unknown as Database);
			expect(byStatus).toMatchObject({ pending: 3020, dead: 19 });
			expect(await scans(client)).toBe(before);
		} finally {
			await client.query("ROLLBACK");
			client.release();
		}
	});
});

async function scans(client: pg.PoolClient): Promise<string> {
	const { rows } = await client.query(
		"SELECT seq_scan::text FROM pg_stat_xact_user_tables WHERE schemaname = 'reward_outbox' AND relname = 'outbox'",
	);
	return rows[0].seq_scan;
}

/** The same database, whose queries are explained as they run. */
function explaining(pool: pg.Pool): { db: Database; buffers: () => number } {
	let touched = 0;
	const connect = async () => {
		const client = await pool.connect();
		const query = async (text: string, values: unknown[]) => {
			if (/^\s*(select|with)/i.test(text)) {
				const { rows } = await client.query(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`, values);
				const { Plan } = rows[0]["QUERY PLAN"][0];
				touched += Plan["Shared Hit Blocks"] + Plan["Shared Read Blocks"];
			}
			return client.query(text, values);
		};
		return { query, release: () => client.release() };
	};
	return { db: { connect, end: async () => {} } as unknown as Database, buffers: () => touched };
}

/** Written over 100 hours, all delivered but a few; the newest 3000 are unread. */
const RECORD = `
WITH made AS (
  SELECT n, clock_timestamp() - (200001 - n) * interval '1.8 seconds' AS at FROM generate_series(1, 200000) n
), event AS (
  SELECT n, at, (lpad(to_hex((date_part('epoch', at) * 1000)::bigint), 12, '0') || '70008' || lpad(to_hex(n), 15, '0'))::uuid AS id FROM made
), written AS (
  INSERT INTO reward_outbox.outbox (id, xid, created_at, trigger_id, user_id, idempotency_key, captured_key, metadata, source)
  SELECT id, (CASE WHEN n > 197000 THEN '1000000' ELSE '1' END)::xid8, at,
         CASE WHEN n IN (777, 88888) THEN 'rare' WHEN n < 100000 AND n % 2 = 0 THEN 'common_once' ELSE 'common' END, 'user' || n % 20000,
         CASE WHEN n % 4 <> 0 THEN 'order-' || n END, CASE WHEN n % 4 = 0 THEN 'order-' || n END,
         CASE WHEN n % 3 <> 0 THEN jsonb_build_object('order_id', n, 'shop', CASE WHEN n < 100000 THEN 'web' ELSE 'app' END) END,
         CASE WHEN n = 4444 THEN 'rare_watch' WHEN n % 4 = 0 THEN 'orders' END
  FROM event
), attempted AS (
  INSERT INTO reward_outbox.attempt_log (event_id, started_at, attempt, duration_ms, relay_no, http_status, outcome)
  SELECT id, at, 1, 10, 1, CASE WHEN n % 5000 = 0 THEN 400 ELSE 200 END,
         (CASE WHEN n % 5000 = 0 THEN 'refused' ELSE 'accepted' END)::reward_outbox.attempt_outcome FROM event WHERE n <= 197000
), stuck AS (
  INSERT INTO reward_outbox.event_states (event_id, seq, next_attempt_at, attempts, bytes, status, trigger_id)
  SELECT id, n, at, 1, 100, (CASE WHEN n % 10000 = 0 THEN 'dead' ELSE 'pending' END)::reward_outbox.event_status,
         CASE WHEN n < 100000 AND n % 2 = 0 THEN 'common_once' ELSE 'common' END
  FROM event WHERE n % 5000 = 0 AND n <= 197000
)
INSERT INTO reward_outbox.head (read_through) VALUES ('1000000:1000000:')`;
