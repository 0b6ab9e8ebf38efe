import { exactJson } from "../../exact-json.ts";
import type { Database } from "../database.ts";

const MOST_COUNTED = 1_000_000;

/** A row of reward_outbox.watch_errors, without the kept row itself. */
export interface WatchErrorRow {
	readonly error_no: number;
	readonly watch: string;
	readonly table_name: string;
	readonly operation: string;
	/** Primary key of the row; null: its table has none. */
	readonly key: unknown;
	readonly error_code: string;
	readonly error_message: string;
	readonly at: Date;
	readonly resolved_at: Date | null;
	readonly resolution: string | null;
	/** Whether the row was kept, so that it can be replayed. */
	readonly replayable: boolean;
}

const LIST = `
SELECT error_no::float8, watch, table_name, operation, key::text, error_code, error_message, at, resolved_at, resolution,
       coalesce(new_row, old_row) IS NOT NULL AS replayable
FROM reward_outbox.watch_errors
WHERE ($1::text IS NULL OR watch = $1) AND ($2 OR resolved_at IS NULL)
ORDER BY error_no DESC LIMIT $3`;

/** What could not be captured, the latest first. @param resolvedToo also what has been replayed or dismissed */
export async function listWatchErrors(
	db: Database,
	request: { readonly watch: string | null; readonly resolvedToo: boolean; readonly limit: number },
): Promise<WatchErrorRow[]> {
	const { rows } = await db.query<WatchErrorRow & { key: string | null }>(LIST, [
		request.watch,
		request.resolvedToo,
		request.limit,
	]);
	return rows.map((row) => ({ ...row, key: row.key === null ? null : exactJson(row.key) }));
}

/** What became of one kept row. */
export interface Replayed {
	readonly error_no: number;
	readonly watch: string;
	readonly key: unknown;
	/** Nothing is missing any more. */
	readonly done: boolean;
	readonly note: string;
}

const IS_KNOWN = `
SELECT EXISTS (SELECT FROM reward_outbox.watches w WHERE w.name = $1)
    OR EXISTS (SELECT FROM reward_outbox.watch_errors e WHERE e.watch = $1) AS known`;

/** Whether there is a rule of this name, or was one that missed something. */
export async function isKnownWatch(db: Database, watch: string): Promise<boolean> {
	return (await db.query<{ known: boolean }>(IS_KNOWN, [watch])).rows[0]?.known ?? false;
}

const REPLAY = "SELECT error_no::float8, watch, key, done, note FROM reward_outbox.replay_watch_errors($1, $2, $3)";

/**
 * Emits what rules missed, each row once: one batch, oldest first. @param after the last number of the batch before; 0
 * to begin
 */
export async function replayWatchErrors(
	db: Database,
	watch: string | null,
	after: number,
	limit: number,
): Promise<Replayed[]> {
	return (await db.query<Replayed>(REPLAY, [watch, after, limit])).rows;
}

const DISMISS = "SELECT reward_outbox.dismiss_watch_errors($1, $2, $3, $4)::float8 AS dismissed";

/** Marks errors as needing nothing further. @param errorNos null: all of the rule @returns how many */
export async function dismissWatchErrors(
	db: Database,
	request: {
		readonly watch: string;
		readonly errorNos: readonly number[] | null;
		readonly reason: string;
		readonly actor: string | null;
	},
): Promise<number> {
	const { rows } = await db.query<{ dismissed: number }>(DISMISS, [
		request.watch,
		request.errorNos,
		request.reason,
		request.actor,
	]);
	return rows[0]?.dismissed ?? 0;
}

/** How many row changes of a rule, or of all, are unresolved; null: more than are worth counting. */
export async function countUnresolved(db: Database, watch: string | null): Promise<number | null> {
	const { rows } = await db.query<{ count: number }>(
		`SELECT count(*)::integer AS count
		 FROM (SELECT FROM reward_outbox.watch_errors e WHERE e.resolved_at IS NULL AND ($1::text IS NULL OR e.watch = $1) LIMIT ${MOST_COUNTED + 1}) u`,
		[watch],
	);
	const count = rows[0]?.count ?? 0;
	return count > MOST_COUNTED ? null : count;
}
