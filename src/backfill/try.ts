import type { Database } from "../store/database.ts";
import { type Bounds, type TriedRow, tallyOf, tryBackfill } from "../store/watches/backfill.ts";
import { nextWindow } from "./pace.ts";

const TRIED_AT_ONCE = 500;

export interface Trial {
	readonly watch: string;
	readonly bounds: Bounds;
	/** Primary key of the row behind which it begins; null: at the first. */
	readonly after: unknown;
}

/** What would become of the rows, page by page; writes nothing. */
export async function* tryPages(db: Database, trial: Trial, stop?: AbortSignal): AsyncGenerator<TriedRow[]> {
	let { after } = trial;
	let window = TRIED_AT_ONCE;
	while (!stop?.aborted) {
		const page = await tryBackfill(db, { ...trial, after, limit: TRIED_AT_ONCE, window });
		if (page.length === 0) return;
		yield page;
		after = page.at(-1)?.key;
		window = nextWindow(window, tallyOf(page).rows, TRIED_AT_ONCE);
	}
}

/** Worth a look: it would be an event, or fail. */
export function isRemarkable({ outcome }: TriedRow): boolean {
	return outcome === "emitted" || outcome === "failed";
}
