import type { Database } from "../store/database.ts";
import { momentAgo } from "../store/prune.ts";
import { type Backfill, type Bounds, findBackfill, readColumns } from "../store/watches/backfill.ts";
import type { Watch } from "../store/watches/list.ts";
import { type Asked, askedFor, boundsOf, type Naming, type RowChoice } from "./rows.ts";

/** What a backfill would be about. */
export interface Plan {
	readonly asked: Asked;
	readonly bounds: Bounds;
	/** The unfinished one of the rule. */
	readonly open: Backfill | undefined;
	/** It was asked for with the same words: it would go on. */
	readonly goesOn: boolean;
}

export interface RowRequest extends RowChoice {
	/** Begin anew, whatever was begun before. */
	readonly restart?: boolean;
}

/** What a choice of rows means, beside what was begun before. @throws UsageError */
export async function planBackfill(db: Database, watch: Watch, request: RowRequest, naming: Naming): Promise<Plan> {
	const columns = await readColumns(db, watch.name);
	const asked = askedFor(request, watch.table, columns, naming);
	const open = request.restart ? undefined : await findBackfill(db, watch.name);
	if (open !== undefined && isSame(open.asked, asked)) return { asked, bounds: open.bounds, open, goesOn: true };
	const isTime = columns.some((column) => column.name === asked.column && column.isTime);
	const bounds = await boundsOf(asked, isTime, (ms) => momentAgo(db, ms), naming);
	return { asked, bounds, open, goesOn: false };
}

/** JSON from the database has its keys in another order. */
function isSame(a: unknown, b: Asked): boolean {
	const text = (value: unknown) => JSON.stringify(Object.entries((value ?? {}) as object).sort());
	return text(a) === text(b);
}
