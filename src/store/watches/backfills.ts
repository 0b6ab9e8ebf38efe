import { exactJson } from "../../exact-json.ts";
import type { Database } from "../database.ts";
import type { Bounds } from "./backfill.ts";

type BackfillState = "running" | "stopped" | "done" | "abandoned";

/** A row of reward_outbox.watch_backfills, under the names it is printed with. */
export interface BackfillRun {
	readonly id: string;
	readonly watch: string;
	readonly table: string;
	/** Which rows, as somebody typed it. */
	readonly asked: Bounds;
	/** Null: nobody said. */
	readonly reason: string | null;
	readonly actor: string | null;
	readonly started_at: Date;
	/** When its last batch ended. */
	readonly seen_at: Date;
	readonly ended_at: Date | null;
	readonly state: BackfillState;
	/** Null: too many to count. */
	readonly total: number | null;
	readonly rows: number;
	readonly events: number;
	readonly known: number;
	readonly unneeded: number;
	readonly failed: number;
	readonly per_second: number;
	/** Why its process gave it up. */
	readonly error: string | null;
}

const COLUMNS = `b.run_no::text AS id, b.watch, b.table_name AS "table", b.asked::text, b.reason, b.actor, b.started_at, b.seen_at, b.ended_at,
       reward_outbox.backfill_state(b) AS state, b.total::float8, b.looked_at::float8 AS rows, b.emitted::float8 AS events,
       b.known::float8, b.unneeded::float8, b.failed::float8, b.per_second, b.error
FROM reward_outbox.watch_backfills b`;

/** The latest first. */
export async function listBackfills(db: Database, limit: number): Promise<BackfillRun[]> {
	const { rows } = await db.query<Row>(`SELECT ${COLUMNS} ORDER BY b.run_no DESC LIMIT $1`, [limit]);
	return rows.map(runOf);
}

export async function findBackfillRun(db: Database, id: string): Promise<BackfillRun | undefined> {
	return (await db.query<Row>(`SELECT ${COLUMNS} WHERE b.run_no = $1`, [id])).rows.map(runOf)[0];
}

/** Stops it after its batch, whichever process works on it. False: nobody did. */
export async function stopBackfill(db: Database, id: string, actor: string): Promise<boolean> {
	const stop = "SELECT reward_outbox.stop_backfill($1, $2) AS stopped";
	return (await db.query<{ stopped: boolean }>(stop, [id, actor])).rows[0]?.stopped ?? false;
}

type Row = Omit<BackfillRun, "asked"> & { readonly asked: string };

function runOf(row: Row): BackfillRun {
	return { ...row, asked: exactJson(row.asked) as Bounds };
}
