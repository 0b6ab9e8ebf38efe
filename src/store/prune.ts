import { sql } from "kysely";
import type { Database } from "./database.ts";
import { readConsistently } from "./inspect/reading.ts";

/** The moment that many milliseconds ago by the database's clock, as text with microseconds. */
export async function momentAgo(db: Database, ms: number): Promise<string> {
	const { rows } = await db.query<{ at: string }>(
		"SELECT to_char((clock_timestamp() - $1::float8 * interval '1 millisecond') AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') AS at",
		[ms],
	);
	return (rows[0] as { at: string }).at;
}

export interface PruneStep {
	/** Events looked at; fewer than asked for: this was the last step. */
	readonly examined: number;
	readonly pruned: number;
	/** Where the next step begins; null: nothing was looked at. */
	readonly lastId: string | null;
}

/** Deletes finished events written before a moment, with their attempts: one batch, oldest first, one transaction. */
export async function pruneStep(
	db: Database,
	before: string,
	afterId: string | null,
	limit: number,
): Promise<PruneStep> {
	const { rows } = await db.query<PruneStep>(
		'SELECT examined, pruned, last_id AS "lastId" FROM reward_outbox.prune($1::timestamptz, $2, $3)',
		[before, afterId, limit],
	);
	return rows[0] as PruneStep;
}

const prunable = (before: string) => sql<{ events: number }>`
WITH bound AS (
  SELECT reward_outbox.event_id_at(${before}::timestamptz) AS id
), unfinished AS (
  SELECT s.event_id AS id FROM reward_outbox.event_states s WHERE s.status IN ('pending', 'sending', 'uncertain')
  UNION SELECT u.id FROM reward_outbox.unread u WHERE NOT EXISTS (SELECT FROM reward_outbox.event_states s WHERE s.event_id = u.id)
  UNION SELECT unnest(c.event_ids) FROM reward_outbox.claims c
)
SELECT (SELECT count(*) FROM reward_outbox.outbox o, bound WHERE o.id < bound.id)::float8
     - (SELECT count(*) FROM unfinished u, bound WHERE u.id < bound.id)::float8 AS events`;

/**
 * How many events {@link pruneStep} would delete if it were repeated to the end. Counts, so it takes a second per some
 * million.
 */
export async function countPrunable(db: Database, before: string): Promise<number> {
	const { rows } = await readConsistently(db, (reading) => prunable(before).execute(reading.db));
	return Math.max(0, rows[0]?.events ?? 0);
}

/**
 * Deletes errors of watches that were replayed or dismissed before a moment; those that wait for it stay. @returns how
 * many
 */
export async function pruneWatchErrors(db: Database, before: string): Promise<number> {
	const { rows } = await db.query<{ pruned: number }>(
		"SELECT reward_outbox.prune_watch_errors($1::timestamptz)::float8 AS pruned",
		[before],
	);
	return rows[0]?.pruned ?? 0;
}

/** How many errors {@link pruneWatchErrors} would delete. */
export async function countPrunableWatchErrors(db: Database, before: string): Promise<number> {
	const { rows } = await db.query<{ errors: number }>(
		"SELECT count(*)::float8 AS errors FROM reward_outbox.watch_errors WHERE resolved_at < $1::timestamptz",
		[before],
	);
	return rows[0]?.errors ?? 0;
}
