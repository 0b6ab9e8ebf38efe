import { LOOKS_BACK, looksBack } from "../backfill/looks-back.ts";
import type { Plan } from "../backfill/plan.ts";
import { isRemarkable, tryPages } from "../backfill/try.ts";
import type { Database } from "../store/database.ts";
import { isCancelled } from "../store/database-error.ts";
import { countBackfill, NOTHING, sumOf, type Tally, type TriedRow, tallyOf } from "../store/watches/backfill.ts";
import type { Watch } from "../store/watches/list.ts";

/** So many rows are looked at, and for so long: enough to see whether the rule is the right one. */
const MOST_TRIED = 10_000;
const LONGEST_MS = 5_000;
const SHOWN_ROWS = 5;
const NO_KEY =
	"the rule has no idempotency key: nothing tells which rows are events already, and users may be rewarded twice";

export interface Trial {
	readonly tally: Tally;
	/** Every row was looked at. */
	readonly isComplete: boolean;
	readonly sample: readonly TriedRow[];
}

/** What would become of the rows that come first. */
export async function tryFirstRows(db: Database, watch: Watch, plan: Plan): Promise<Trial> {
	const until = performance.now() + LONGEST_MS;
	const after = plan.goesOn ? (plan.open?.lastKey ?? null) : null;
	const sample: TriedRow[] = [];
	let tally = NOTHING;
	for await (const page of tryPages(db, { watch: watch.name, bounds: plan.bounds, after })) {
		tally = sumOf(tally, tallyOf(page));
		sample.push(...page.filter(isRemarkable).slice(0, SHOWN_ROWS - sample.length));
		if (tally.rows >= MOST_TRIED || performance.now() > until) return { tally, isComplete: false, sample };
	}
	return { tally, isComplete: true, sample };
}

/** How many rows it is about. Null: the table is too large to be counted while somebody waits. */
export async function countRows(
	db: Database,
	watch: Watch,
	{ bounds }: Plan,
): Promise<{ readonly within: number; readonly without: number } | null> {
	try {
		return await countBackfill(db, watch.name, bounds);
	} catch (error) {
		if (isCancelled(error)) return null;
		throw error;
	}
}

/** What may not be what was meant. */
export function warningsOf(watch: Watch): string[] {
	return [...(watch.idempotency_key === null ? [NO_KEY] : []), ...(looksBack(watch) ? [LOOKS_BACK] : [])];
}
