import pg from "pg";
import { migrateToLatest } from "../../src/store/migrate.ts";
import { retain, setRetention } from "../../src/store/retention.ts";
import { setClock, takeOverClock } from "../receipts/database-clock.ts";
import { startPostgres } from "../support/postgres-server.ts";

const DAY_MS = 86_400_000;
const DAY_S = 86_400;
const FIRST_DAY = Date.parse("2026-01-01T12:00:00Z");
/** As relays do it. */
const BATCH = 500;

export interface YearOptions {
	readonly days: number;
	readonly eventsPerDay: number;
	/** How long delivered events and receipts are kept; payloads and answers for a quarter of it. */
	readonly keptDays: number;
	readonly onSample?: (sample: YearSample) => void;
}

/** How large what is, in bytes, at the end of a day. */
export interface YearSample {
	readonly day: number;
	readonly outbox: number;
	readonly outboxIndexes: number;
	readonly attempts: number;
	readonly attemptIndexes: number;
	readonly receipts: number;
	/** Rows that went so far: events, attempts and receipts. */
	readonly gone: number;
}

/**
 * A year at a steady rate: every day so many events are written, delivered and confirmed, and what the policy lets go
 * goes, in the batches of relays. The database's clock is set to each day in turn. Space is given back by autovacuum
 * alone, which looks every second, because a day takes about as long.
 */
export async function simulateYear(options: YearOptions): Promise<YearSample[]> {
	await using server = await startPostgres({
		settings: { autovacuum_naptime: "1s", shared_buffers: "256MB", max_wal_size: "4GB", synchronous_commit: "off" },
	});
	await takeOverClock(server.url);
	await migrateToLatest(server.url);
	const pool = new pg.Pool({ connectionString: server.url, max: 1 });
	try {
		await pool.query("ALTER TABLE reward_outbox.outbox ALTER COLUMN id SET DEFAULT reward_outbox.new_event_id()");
		const kept = options.keptDays * DAY_S;
		const policy = { delivered: kept, receipts: kept, payload: kept / 4, response_body: kept / 4 };
		await setRetention(pool, policy, "simulation");
		return await liveThrough(options, server.url, pool);
	} finally {
		await pool.end();
	}
}

async function liveThrough(options: YearOptions, databaseUrl: string, pool: pg.Pool): Promise<YearSample[]> {
	const samples: YearSample[] = [];
	for (let day = 1; day <= options.days; day += 1) {
		await setClock(databaseUrl, 0, new Date(FIRST_DAY + day * DAY_MS));
		await pool.query(WRITE, [options.eventsPerDay, day]);
		await pool.query("INSERT INTO reward_outbox.head (read_through) VALUES (pg_current_snapshot())");
		for (let more = true; more; ) ({ more } = await retain(pool, BATCH));
		if (day % 7 !== 0 && day !== options.days) continue;
		const sample = await sizes(pool, day, day * options.eventsPerDay * 3);
		samples.push(sample);
		options.onSample?.(sample);
	}
	return samples;
}

/** A day's events, delivered at the first attempt, with the receipt of each. */
const WRITE = `
WITH written AS (
  INSERT INTO reward_outbox.outbox (trigger_id, user_id, payload, metadata)
  SELECT 'paid', 'user' || $2::integer * 7919 % 100000 || '-' || n,
         jsonb_build_object('value', 19.99, 'note', repeat('x', 100)), '{"order": 1}'
  FROM generate_series(1, $1::integer) n
  RETURNING id, user_id
), attempted AS (
  INSERT INTO reward_outbox.attempt_log (event_id, started_at, attempt, duration_ms, relay_no, http_status, outcome,
                                         response_body)
  SELECT w.id, clock_timestamp(), 1, 30, 1, 200, 'accepted', '{"success": true}' FROM written w
)
INSERT INTO reward_outbox.receipts (webhook_id, kind, trigger_id, user_id, value)
SELECT 'we_' || w.id, 'event', 'paid', w.user_id, 19.99 FROM written w`;

const SIZES = `
SELECT pg_relation_size('reward_outbox.outbox')::float8 AS outbox,
       pg_indexes_size('reward_outbox.outbox')::float8 AS "outboxIndexes",
       pg_relation_size('reward_outbox.attempt_log')::float8 AS attempts,
       pg_indexes_size('reward_outbox.attempt_log')::float8 AS "attemptIndexes",
       pg_total_relation_size('reward_outbox.receipts')::float8 AS receipts,
       (SELECT count(*) FROM reward_outbox.outbox)::float8 + (SELECT count(*) FROM reward_outbox.attempt_log)::float8
         + (SELECT count(*) FROM reward_outbox.receipts)::float8 AS left`;

async function sizes(pool: pg.Pool, day: number, written: number): Promise<YearSample> {
	const { rows } = await pool.query<Omit<YearSample, "day" | "gone"> & { readonly left: number }>(SIZES);
	const { left, ...bytes } = rows[0] as (typeof rows)[0];
	return { day, ...bytes, gone: written - left };
}
