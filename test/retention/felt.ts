import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { createRelay } from "../../src/composition/index.ts";
import { startSandbox } from "../../src/sandbox/sandbox.ts";
import { adoptUnused } from "../../src/store/identity.ts";
import { migrateToLatest } from "../../src/store/migrate.ts";
import { setRetention } from "../../src/store/retention.ts";
import { setClock, takeOverClock } from "../receipts/database-clock.ts";
import { startPostgres } from "../support/postgres-server.ts";

const DAY_MS = 86_400_000;
const AT_ONCE = 50_000;
/** A relay looks once a minute whether there is a policy. */
const BEGINS_WITHIN_MS = 90_000;

export interface FeltOptions {
	/** Delivered events that are a hundred days old. */
	readonly old: number;
	readonly eventsPerSecond: number;
	/** Of each of the two measurements. */
	readonly seconds: number;
}

export interface Felt {
	/** From before the INSERT until its COMMIT was answered. Milliseconds. */
	readonly writerP50: number;
	readonly writerP99: number;
	/** From written to accepted. */
	readonly deliveryP50: number;
	readonly deliveryP99: number;
	/** Events and attempts that went meanwhile, per second. */
	readonly rowsGonePerSecond: number;
}

/** What writers and delivery feel of it: the same load without a policy, and while old events go. */
export async function measureFelt(options: FeltOptions): Promise<{ readonly without: Felt; readonly during: Felt }> {
	await using server = await startPostgres({
		settings: { fsync: "on", full_page_writes: "on", shared_buffers: "512MB", max_wal_size: "4GB" },
	});
	await takeOverClock(server.url);
	await migrateToLatest(server.url);
	const pool = new pg.Pool({ connectionString: server.url, max: 4 });
	try {
		await fill(server.url, pool, options.old);
		await using sandbox = await startSandbox({ latencyMs: 20 });
		const relay = await createRelay({
			databaseUrl: server.url,
			rewardApiKey: "sk_test_of_the_measurement",
			rewardApiUrl: sandbox.url,
			logger: null,
		});
		await relay.start();
		try {
			await load(pool, { ...options, seconds: 10 });
			const without = await load(pool, options);
			await setRetention(pool, { delivered: 30 * 86_400 }, "measurement");
			await untilItGoes(pool);
			return { without, during: await load(pool, options) };
		} finally {
			await relay.stop(5_000);
		}
	} finally {
		await pool.end();
	}
}

const WRITE_OLD = `
WITH written AS (
  INSERT INTO reward_outbox.outbox (trigger_id, user_id, payload)
  SELECT 'paid', 'user' || n, '{"value": 19.99}' FROM generate_series(1, $1::integer) n
  RETURNING id
)
INSERT INTO reward_outbox.attempt_log (event_id, started_at, attempt, duration_ms, relay_no, http_status, outcome)
SELECT w.id, clock_timestamp(), 1, 30, 1, 200, 'accepted' FROM written w`;

/** As if they had been delivered a hundred days ago. */
async function fill(databaseUrl: string, pool: pg.Pool, events: number): Promise<void> {
	await pool.query("ALTER TABLE reward_outbox.outbox ALTER COLUMN id SET DEFAULT reward_outbox.new_event_id()");
	await setClock(databaseUrl, 1, new Date(Date.now() - 100 * DAY_MS));
	for (let left = events; left > 0; left -= AT_ONCE) await pool.query(WRITE_OLD, [Math.min(AT_ONCE, left)]);
	await pool.query("INSERT INTO reward_outbox.head (read_through) VALUES (pg_current_snapshot())");
	await setClock(databaseUrl, 1, new Date());
	await pool.query("VACUUM (ANALYZE)");
	await pool.query("CHECKPOINT");
	await adoptUnused(pool, "measurement");
}

async function untilItGoes(pool: pg.Pool): Promise<void> {
	const deadline = performance.now() + BEGINS_WITHIN_MS;
	while ((await pool.query("SELECT FROM reward_outbox.retention_walks")).rowCount === 0) {
		if (performance.now() > deadline) throw new Error("no relay carries the policy out");
		await sleep(100);
	}
}

const DELIVERED = `
SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY d.ms) AS p50, percentile_disc(0.99) WITHIN GROUP (ORDER BY d.ms) AS p99
FROM reward_outbox.events e
CROSS JOIN LATERAL (SELECT date_part('epoch', e.delivered_at - e.created_at) * 1000 AS ms) d
WHERE e.created_at >= $1 AND e.delivered_at IS NOT NULL`;
const WALKED = `
SELECT clock_timestamp() AS now,
       (SELECT n_tup_del FROM pg_stat_user_tables WHERE relname = 'outbox')::float8
       + (SELECT n_tup_del FROM pg_stat_user_tables WHERE relname = 'attempt_log')::float8 AS gone`;

/** Writes one event a transaction, at a steady rate, and measures. */
async function load(pool: pg.Pool, { eventsPerSecond, seconds }: FeltOptions): Promise<Felt> {
	const before = (await pool.query(WALKED)).rows[0];
	const times: number[] = [];
	const begunAt = performance.now();
	const write = async () => {
		const at = performance.now();
		await pool.query(
			"INSERT INTO reward_outbox.outbox (trigger_id, user_id, payload) VALUES ('paid', 'ada', '{\"value\": 1}')",
		);
		times.push(performance.now() - at);
	};
	const underway: Promise<void>[] = [];
	for (let n = 0; n < eventsPerSecond * seconds; n += 1) {
		const due = begunAt + (n * 1000) / eventsPerSecond;
		if (due > performance.now()) await sleep(due - performance.now());
		underway.push(write());
	}
	await Promise.all(underway);
	await sleep(2_000);
	const after = (await pool.query(WALKED)).rows[0];
	const delivery = (await pool.query(DELIVERED, [before.now])).rows[0];
	const sorted = times.toSorted((a, b) => a - b);
	const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
	return {
		writerP50: at(0.5),
		writerP99: at(0.99),
		deliveryP50: delivery.p50,
		deliveryP99: delivery.p99,
		rowsGonePerSecond: ((after.gone - before.gone) * 1000) / (after.now.getTime() - before.now.getTime()),
	};
}
