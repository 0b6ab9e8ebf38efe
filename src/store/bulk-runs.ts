import { exactJson } from "../exact-json.ts";
import type { Database } from "./database.ts";

export type BulkAction = "retry" | "cancel";
export type BulkState = "running" | "stopping" | "stopped" | "done" | "failed";

/** A row of reward_outbox.bulk_runs, under the names it is printed with. */
export interface BulkRun {
	readonly id: string;
	readonly action: BulkAction;
	/** As it was asked for. */
	readonly filter: unknown;
	/** Null: nobody said. */
	readonly reason: string | null;
	readonly actor: string;
	readonly started_at: Date;
	readonly ended_at: Date | null;
	readonly state: BulkState;
	/** Null: still being looked for. */
	readonly total: number | null;
	readonly examined: number;
	readonly done: number;
	readonly skipped: number;
	readonly error: string | null;
	readonly per_second: number;
}

/** What is asked of a run. */
export interface BulkOrder {
	readonly action: BulkAction;
	/** JSON text of the filter, as it was asked for. Not empty. */
	readonly filter: string;
	readonly reason: string | null;
	readonly allowDuplicates: boolean;
	readonly max: number;
	/** Events changed in a second at most. */
	readonly perSecond: number;
	readonly actor: string;
}

export interface BulkProgress {
	readonly total: number | null;
	readonly examined: number;
	readonly done: number;
	readonly skipped: number;
}

const BEGIN = "SELECT reward_outbox.begin_bulk_run($1, $2, $3, $4, $5, $6, $7)::text AS id";

/** Puts a run on record. Null: another one is under way, here or elsewhere. */
export async function beginBulkRun(db: Database, order: BulkOrder): Promise<string | null> {
	const { action, filter, reason, allowDuplicates, max, perSecond, actor } = order;
	const values = [action, filter, reason, allowDuplicates, max, perSecond, actor];
	return (await db.query<{ id: string | null }>(BEGIN, values)).rows[0]?.id ?? null;
}

/** Says how far a run is. @returns its state; null: somebody has ended it */
export async function reportBulkRun(
	db: Database,
	id: string,
	{ total, examined, done, skipped }: BulkProgress,
): Promise<BulkState | null> {
	const statement = "SELECT reward_outbox.report_bulk_run($1, $2, $3, $4, $5) AS state";
	const { rows } = await db.query<{ state: BulkState | null }>(statement, [id, total, examined, done, skipped]);
	return rows[0]?.state ?? null;
}

/** Asks a run to stop after its batch. False: it was not running. */
export async function stopBulkRun(db: Database, id: string, actor: string): Promise<boolean> {
	const { rows } = await db.query<{ done: boolean }>("SELECT reward_outbox.stop_bulk_run($1, $2) AS done", [id, actor]);
	return rows[0]?.done ?? false;
}

export async function endBulkRun(
	db: Database,
	id: string,
	state: "stopped" | "done" | "failed",
	error: string | null,
): Promise<void> {
	await db.query("SELECT reward_outbox.end_bulk_run($1, $2, $3)", [id, state, error]);
}

const COLUMNS = `r.run_no::text AS id, r.action, r.filter::text, r.reason, r.actor, r.started_at,
       CASE WHEN l.lost THEN r.seen_at ELSE r.ended_at END AS ended_at, CASE WHEN l.lost THEN 'failed' ELSE r.state END AS state,
       r.total, r.examined, r.done, r.skipped, CASE WHEN l.lost THEN 'the process that worked on it is gone' ELSE r.error END AS error, r.per_second
FROM reward_outbox.bulk_runs r CROSS JOIN LATERAL (SELECT reward_outbox.bulk_run_is_lost(r) AS lost) l`;

/** The latest runs first. */
export async function listBulkRuns(db: Database, limit: number): Promise<BulkRun[]> {
	const { rows } = await db.query<BulkRow>(`SELECT ${COLUMNS} ORDER BY r.run_no DESC LIMIT $1`, [limit]);
	return rows.map(runOf);
}

export async function findBulkRun(db: Database, id: string): Promise<BulkRun | undefined> {
	const { rows } = await db.query<BulkRow>(`SELECT ${COLUMNS} WHERE r.run_no = $1`, [id]);
	return rows.map(runOf)[0];
}

type BulkRow = BulkRun & { readonly filter: string };

function runOf(row: BulkRow): BulkRun {
	return { ...row, filter: exactJson(row.filter) };
}

/** Who had the errors of a rule replayed goes on record. */
export async function recordReplay(
	db: Database,
	{ watch, replayed, failed }: { readonly watch: string; readonly replayed: number; readonly failed: number },
	actor: string,
): Promise<void> {
	await db.query("SELECT reward_outbox.record_replay($1, $2, $3, $4)", [watch, replayed, failed, actor]);
}
