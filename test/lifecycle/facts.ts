import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";

/** What asks PostgreSQL: a pool, a client, or a test database. */
export interface Queryable {
	query<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<pg.QueryResult<Row>>;
}

const ASK_AGAIN_MS = 25;

/** Asks until the fact holds. A question that fails (the database is down) is asked again. */
export async function until(fact: string, holds: () => Promise<boolean> | boolean, timeoutMs = 30_000): Promise<void> {
	const deadline = performance.now() + timeoutMs;
	let problem: unknown;
	for (;;) {
		try {
			if (await holds()) return;
			problem = undefined;
		} catch (error) {
			problem = error;
		}
		if (performance.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${fact}`, { cause: problem });
		await sleep(ASK_AGAIN_MS);
	}
}

/** The first column of the first row. */
export async function readValue<T>(db: Queryable, text: string, values: unknown[] = []): Promise<T> {
	const { rows } = await db.query<Record<string, T>>(text, values);
	return Object.values(rows[0] ?? {})[0] as T;
}

export interface EventOptions {
	readonly trigger?: string;
	/** Bytes of filling in each payload. Default none. */
	readonly fillBytes?: number;
	/** Notifies nobody, as where that is switched off: relays find the events by their poll. */
	readonly silently?: boolean;
}

/** Writes events in one transaction; returns their ids in the order they were written. */
export async function emitEvents(db: pg.Pool, count: number, options: EventOptions = {}): Promise<string[]> {
	const client = await db.connect();
	try {
		await client.query("BEGIN");
		if (options.silently) await client.query("SET LOCAL reward_outbox.notify = 'off'");
		const { rows } = await client.query<{ id: string }>(
			`INSERT INTO reward_outbox.outbox (trigger_id, user_id, payload)
			 SELECT $1, 'user-' || n, jsonb_build_object('value', n, 'fill', repeat('x', $3)) FROM generate_series(1, $2) n
			 RETURNING id`,
			[options.trigger ?? "paid", count, options.fillBytes ?? 0],
		);
		await client.query("COMMIT");
		return rows.map((row) => row.id);
	} finally {
		client.release();
	}
}

/** How many events are in each status. */
export async function countByStatus(db: Queryable): Promise<Record<string, number>> {
	const { rows } = await db.query<{ status: string; events: number }>(
		"SELECT status, count(*)::integer AS events FROM reward_outbox.events GROUP BY status",
	);
	return Object.fromEntries(rows.map((row) => [row.status, row.events]));
}

/** Waits until no event is pending or being sent. */
export async function untilDrained(db: Queryable, timeoutMs = 30_000): Promise<void> {
	const open =
		"SELECT coalesce(sum(events), 0)::integer FROM reward_outbox.depth WHERE status IN ('pending', 'sending')";
	await until("the backlog is drained", async () => (await readValue<number>(db, open)) === 0, timeoutMs);
}

/** A session of one's own that holds something, say a lock, for as long as a test needs it. */
export async function openSession(url: string): Promise<pg.Client & AsyncDisposable> {
	const client = new pg.Client({ connectionString: url, application_name: "test session" });
	client.on("error", () => {});
	await client.connect();
	return Object.assign(client, { [Symbol.asyncDispose]: () => client.end().catch(() => {}) });
}

/** Keeps everybody from claiming, until the session's transaction ends. */
export async function holdClaimTurn(session: Queryable): Promise<void> {
	await session.query("BEGIN");
	await session.query("LOCK TABLE reward_outbox.claim_turn IN SHARE UPDATE EXCLUSIVE MODE");
}

/** The backends in which a statement of that name waits for a lock. */
export async function blockedIn(db: Queryable, statement: string): Promise<number[]> {
	const { rows } = await db.query<{ pid: number }>(
		`SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%reward_outbox.' || $1 || '%(%'`,
		[statement],
	);
	return rows.map(({ pid }) => pid);
}

/** Waits until a relay's statement of that name waits for a lock; returns the backend's process id. */
export async function untilBlocked(db: Queryable, statement: string): Promise<number> {
	let pid = 0;
	await until(`${statement} waits for a lock`, async () => {
		[pid = 0] = await blockedIn(db, statement);
		return pid !== 0;
	});
	return pid;
}

/**
 * Starts a server that was killed. A backend that was just being born may outlive its postmaster for a moment, and
 * keeps the next one out.
 */
export async function startAgain(server: { start(): Promise<void> }): Promise<void> {
	await until("PostgreSQL has started", () => server.start().then(() => true));
}
