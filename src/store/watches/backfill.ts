import { OutboxError } from "../../errors.ts";
import { exactJson } from "../../exact-json.ts";
import type { Database } from "../database.ts";
import { sqlState } from "../database-error.ts";

/** Which rows: a column and what it is compared with, as the database reads it. Empty: every row. */
export interface Bounds {
	readonly column?: string;
	/** From this value on. */
	readonly since?: string;
	/** Below this value. */
	readonly until?: string;
}

/** What became of rows, or would. */
export interface Tally {
	readonly rows: number;
	readonly events: number;
	/** Their idempotency keys have events already. */
	readonly known: number;
	/** The rule does not apply to them. */
	readonly unneeded: number;
	readonly failed: number;
}

export const NOTHING: Tally = { rows: 0, events: 0, known: 0, unneeded: 0, failed: 0 };

export function sumOf(a: Tally, b: Tally): Tally {
	return {
		rows: a.rows + b.rows,
		events: a.events + b.events,
		known: a.known + b.known,
		unneeded: a.unneeded + b.unneeded,
		failed: a.failed + b.failed,
	};
}

/** A backfill that has begun and not ended. */
export interface Backfill {
	readonly id: string;
	/** Its words, as they were typed. */
	readonly asked: unknown;
	readonly bounds: Bounds;
	readonly startedAt: Date;
	/** Primary key of the last row dealt with; null: none yet. */
	readonly lastKey: unknown;
	readonly tally: Tally;
}

/** Another process works on it, the rule does not suit, or the words are others than before. */
const REFUSED = "RO010";
/** Somebody stopped it, from here or elsewhere. */
const STOPPED = "RO011";

type Row = Omit<Backfill, "tally" | "lastKey"> & Tally & { readonly lastKey: string | null };

const COLUMNS = `run_no::text AS id, asked, bounds, started_at AS "startedAt", last_key::text AS "lastKey",
       looked_at::float8 AS rows, emitted::float8 AS events, known::float8, unneeded::float8, failed::float8`;
const OPEN = `SELECT ${COLUMNS} FROM reward_outbox.watch_backfills WHERE watch = $1 AND ended_at IS NULL`;

/** The one that is not finished. */
export async function findBackfill(db: Database, watch: string): Promise<Backfill | undefined> {
	return (await db.query<Row>(OPEN, [watch])).rows.map(backfillOf)[0];
}

const BEGIN = `SELECT ${COLUMNS} FROM reward_outbox.begin_backfill($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`;

export interface BackfillOrder {
	readonly watch: string;
	/** The words of whoever asks. With the same words an unfinished backfill goes on. */
	readonly asked: object;
	readonly bounds: Bounds;
	/** Random, of this process. */
	readonly worker: string;
	/** The rule may be one without an idempotency key. */
	readonly allowDuplicates: boolean;
	/** Begin anew where there is an unfinished one. */
	readonly restart: boolean;
	readonly reason: string | null;
	readonly actor: string | null;
	/** Rows a second at most. */
	readonly perSecond: number;
	/** Rows that it is about; null: as they were counted before, or too many to count. */
	readonly total: number | null;
}

/**
 * Begins a backfill, or takes up the unfinished one. @throws OutboxError when the rule does not suit, or it is being
 * worked on
 */
export async function beginBackfill(db: Database, order: BackfillOrder): Promise<Backfill> {
	const { watch, asked, bounds, worker, allowDuplicates, restart, reason, actor, perSecond, total } = order;
	const values = [watch, asked, bounds, worker, allowDuplicates, restart, reason, actor, perSecond, total];
	const { rows } = await db.query<Row>(BEGIN, values).catch(explain);
	return backfillOf(rows[0] as Row);
}

export interface BackfillStep {
	readonly tally: Tally;
	readonly finished: boolean;
	/** Rows of which the rule could not make an event. */
	readonly problems: readonly { readonly key: unknown; readonly problem: string }[];
}

const STEP = `SELECT looked_at AS rows, emitted AS events, known, unneeded, failed, finished, problems
FROM reward_outbox.backfill_step($1, $2, $3, $4)`;

/**
 * The next rows become events, in one transaction together with how far the backfill is.
 *
 * @param limit Rows within the bounds at most.
 * @param window Rows read at most, those outside of the bounds among them.
 */
export async function backfillStep(
	db: Database,
	request: { readonly id: string; readonly worker: string; readonly limit: number; readonly window: number },
): Promise<BackfillStep> {
	const values = [request.id, request.worker, request.limit, request.window];
	const { rows } = await db.query<Tally & Omit<BackfillStep, "tally">>(STEP, values).catch(explain);
	const { finished, problems, ...tally } = rows[0] as (typeof rows)[0];
	return { tally, finished, problems };
}

/** Leaves it before the end. @param error Why; null: somebody wanted it. */
export async function leaveBackfill(db: Database, id: string, worker: string, error: string | null): Promise<void> {
	await db.query("SELECT reward_outbox.leave_backfill($1, $2, $3)", [id, worker, error]);
}

/** What would become of one row. */
export interface TriedRow {
	readonly key: unknown;
	/** outside: not within the bounds. */
	readonly outcome: "emitted" | "known" | "unneeded" | "failed" | "outside";
	readonly trigger_id: string | null;
	readonly user_id: string | null;
	readonly payload: unknown;
	readonly idempotency_key: string | null;
	readonly problem: string | null;
}

const TRY = `SELECT key::text, outcome, trigger_id, user_id, payload::text, idempotency_key, problem
FROM reward_outbox.try_backfill($1, $2, $3, $4, $5)`;

/**
 * What would become of the next rows; emits nothing. None: that was all. @param after The last key of the page before
 */
export async function tryBackfill(
	db: Database,
	request: {
		readonly watch: string;
		readonly bounds: Bounds;
		readonly after: unknown;
		readonly limit: number;
		readonly window: number;
	},
): Promise<TriedRow[]> {
	const { watch, bounds, after, limit, window } = request;
	const key = after === null ? null : JSON.stringify(after);
	const { rows } = await db
		.query<TriedRow & { key: string; payload: string | null }>(TRY, [watch, bounds, key, limit, window])
		.catch(explain);
	return rows.map((row) => ({ ...row, key: exactJson(row.key), payload: row.payload && exactJson(row.payload) }));
}

export function tallyOf(rows: readonly TriedRow[]): Tally {
	const count = (outcome: TriedRow["outcome"]) => rows.filter((row) => row.outcome === outcome).length;
	return {
		rows: rows.length - count("outside"),
		events: count("emitted"),
		known: count("known"),
		unneeded: count("unneeded"),
		failed: count("failed"),
	};
}

const COUNT = `SELECT within::float8, without::float8 FROM reward_outbox.count_backfill($1, $2)`;

/** How many rows it is about, and how many have no value in its column. Reads the whole table. */
export async function countBackfill(
	db: Database,
	watch: string,
	bounds: Bounds,
): Promise<{ within: number; without: number }> {
	const { rows } = await db.query<{ within: number; without: number }>(COUNT, [watch, bounds]).catch(explain);
	return rows[0] as { within: number; without: number };
}

/** A column of a watched table. */
export interface Column {
	readonly name: string;
	/** It holds dates or times. */
	readonly isTime: boolean;
}

const TABLE_COLUMNS = `
SELECT a.attname::text AS name, coalesce(nullif(t.typbasetype, 0), t.oid) IN
         ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype) AS "isTime"
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
WHERE a.attrelid = (SELECT r.watched FROM reward_outbox.watch_rules r WHERE r.name = $1) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum`;

export async function readColumns(db: Database, watch: string): Promise<Column[]> {
	return (await db.query<Column>(TABLE_COLUMNS, [watch])).rows;
}

function backfillOf({ id, asked, bounds, startedAt, lastKey, ...tally }: Row): Backfill {
	return { id, asked, bounds, startedAt, lastKey: lastKey === null ? null : exactJson(lastKey), tally };
}

function explain(error: unknown): never {
	const state = sqlState(error);
	if (state !== REFUSED && state !== STOPPED) throw error;
	const code = state === STOPPED ? "backfill_stopped" : "backfill_refused";
	const { message, hint } = error as Error & { hint?: string };
	throw new OutboxError(code, message, hint ? { hint, cause: error } : { cause: error });
}
