import { randomUUID } from "node:crypto";
import type pg from "pg";
import type { Decision } from "../../src/event/decide.ts";
import type { Outcome } from "../../src/event/outcome.ts";
import { type Claim, type ClaimedEvent, type ClaimRequest, claim } from "../../src/store/claim.ts";
import { registerRelay } from "../../src/store/relays.ts";
import { type Settlement, settleAccepted, settleFailed } from "../../src/store/settle.ts";
import type { TestDatabase } from "../support/database.ts";

/** A test database, a pool, or a connection in a transaction. */
export interface Queryable {
	query(text: string, values?: unknown[]): Promise<pg.QueryResult>;
}

export interface NewEvent {
	readonly trigger?: string;
	readonly user?: string;
	/** JSON text. */
	readonly payload?: string;
	readonly orderingKey?: string;
	/** An SQL expression, such as `now() + interval '1 hour'`. */
	readonly deliverAfter?: string;
	readonly idempotencyKey?: string;
	/** JSON text. */
	readonly metadata?: string;
	/** Name of a watch; an idempotency key is then a captured one. */
	readonly source?: string;
}

/** Inserts `count` equal events; returns their ids in the order of insertion. */
export async function insert(db: Queryable, event: NewEvent = {}, count = 1): Promise<string[]> {
	const { rows } = await db.query(
		`INSERT INTO reward_outbox.outbox
		   (trigger_id, user_id, payload, ordering_key, ${event.source === undefined ? "idempotency_key" : "captured_key"},
		    metadata, source, deliver_after)
		 SELECT $1, $2, $3::jsonb, $4, $5, $7::jsonb, $8, ${event.deliverAfter ?? "NULL"} FROM generate_series(1, $6) RETURNING id`,
		[
			event.trigger ?? "payment",
			event.user ?? "user1",
			event.payload ?? '{"value": 1}',
			event.orderingKey ?? null,
			event.idempotencyKey ?? null,
			count,
			event.metadata ?? null,
			event.source ?? null,
		],
	);
	return rows.map((row) => row.id as string);
}

/** The same for one event. */
export async function insertOne(db: Queryable, event: NewEvent = {}): Promise<string> {
	return (await insert(db, event))[0] as string;
}

/** A connection with an open transaction that has an id of its own already. Rolled back at the end of its scope. */
export async function begin(
	database: TestDatabase,
	isolation = "READ COMMITTED",
): Promise<pg.PoolClient & AsyncDisposable> {
	const client = await database.pool.connect();
	await client.query(`BEGIN ISOLATION LEVEL ${isolation}`);
	await client.query("SELECT pg_current_xact_id()");
	return Object.assign(client, {
		async [Symbol.asyncDispose]() {
			await client.query("ROLLBACK").catch(() => {});
			client.release();
		},
	});
}

export interface ClaimOptions extends Partial<ClaimRequest> {}

/** One claim; by default of up to 100 events, those that waited included. */
export async function claimOnce(
	database: TestDatabase,
	options: ClaimOptions = {},
): Promise<Claim & { headLease: string; dueLease: string }> {
	const request: ClaimRequest = {
		relayNo: 0,
		headLease: randomUUID(),
		dueLease: randomUUID(),
		leaseMs: 60_000,
		limit: 100,
		lookForDue: true,
		heldBack: [],
		probing: [],
		known: null,
		...options,
	};
	return { ...(await claim(database.pool, request)), headLease: request.headLease, dueLease: request.dueLease };
}

/** Claims until two in a row find nothing; returns everything in the order it came. */
export async function claimAll(database: TestDatabase, options: ClaimOptions = {}): Promise<ClaimedEvent[]> {
	const events: ClaimedEvent[] = [];
	for (let empty = 0; empty < 2; ) {
		const found = await claimOnce(database, options);
		events.push(...found.events);
		empty = found.events.length === 0 && !found.more ? empty + 1 : 0;
	}
	return events;
}

/** A registered relay's number. */
export function someRelay(database: TestDatabase, name = "relay-of-the-test"): Promise<number> {
	return registerRelay(database.pool, { name, version: "0", concurrency: 1 });
}

export function ids(events: readonly ClaimedEvent[]): string[] {
	return events.map((event) => event.eventId);
}

const ACCEPTED: Outcome = {
	class: "accepted",
	httpStatus: 200,
	errorCode: null,
	errorMessage: null,
	responseBody: null,
};
export const SERVER_ERROR: Outcome = {
	class: "ambiguous",
	isWhole: true,
	retryAfterMs: null,
	httpStatus: 500,
	errorCode: "http_500",
	errorMessage: "it broke",
	responseBody: "oops",
};

export function settlement(event: ClaimedEvent, outcome: Outcome, decision: Decision, relayNo = 0): Settlement {
	return { event, relayNo, outcome, decision, ageMs: 12, durationMs: 10 };
}

/** Records the events as accepted. By default that ends their leases. */
export async function accept(
	database: TestDatabase,
	events: readonly ClaimedEvent[],
	done: readonly string[] = leasesOf(events),
	relayNo = 0,
): Promise<void> {
	const batch = events.map((event) => settlement(event, ACCEPTED, { next: "delivered" }, relayNo));
	await settleAccepted(database.pool, relayNo, batch, done);
}

export const RETRY_AT_ONCE: Decision = { next: "pending", delayMs: 0, excused: false };

/** Records the events as failed. By default with an ambiguous outcome, due again at once, and ending their leases. */
export async function fail(
	database: TestDatabase,
	events: readonly ClaimedEvent[],
	{
		decision = RETRY_AT_ONCE,
		outcome = SERVER_ERROR,
		done = leasesOf(events),
	}: { decision?: Decision; outcome?: Outcome; done?: readonly string[] } = {},
): Promise<void> {
	const batch = events.map((event) => settlement(event, outcome, decision));
	await settleFailed(database.pool, batch, done);
}

export function leasesOf(events: readonly ClaimedEvent[]): string[] {
	return [...new Set(events.map((event) => event.leaseId))];
}

/** A row of the `events` view. */
export interface EventRow {
	readonly status: string;
	readonly attempts: number;
	readonly last_outcome: string | null;
	readonly last_http_status: number | null;
	readonly last_error: string | null;
	readonly next_attempt_at: Date | null;
	readonly delivered_at: Date | null;
}

export async function eventRow(db: Queryable, id: string): Promise<EventRow> {
	const { rows } = await db.query("SELECT * FROM reward_outbox.events WHERE id = $1", [id]);
	if (rows.length !== 1) throw new Error(`event ${id} has ${rows.length} rows`);
	return rows[0];
}

export async function statusOf(db: Queryable, id: string): Promise<string> {
	return (await eventRow(db, id)).status;
}

export async function statuses(db: Queryable, of: readonly string[]): Promise<string[]> {
	return Promise.all(of.map((id) => statusOf(db, id)));
}

/** Outcomes on record, e.g. `1 ambiguous`. */
export async function attemptsOf(db: Queryable, id: string): Promise<string[]> {
	const { rows } = await db.query(
		"SELECT attempt, outcome FROM reward_outbox.attempts WHERE event_id = $1 ORDER BY attempt, started_at",
		[id],
	);
	return rows.map((row) => `${row.attempt} ${row.outcome}`);
}

/** Makes every lease look expired, as if its relay had died long ago. */
export async function expireLeases(db: Queryable): Promise<void> {
	await db.query("UPDATE reward_outbox.claims SET expires_at = clock_timestamp() - interval '1 millisecond'");
}

/** Makes everything that waits due now. */
export async function makeDue(db: Queryable): Promise<void> {
	await db.query(
		"UPDATE reward_outbox.event_states SET next_attempt_at = clock_timestamp() - interval '1 second' WHERE status = 'pending'",
	);
}
