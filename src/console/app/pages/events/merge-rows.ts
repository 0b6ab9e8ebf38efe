import type { EventRow } from "../../../../api/schema/events.ts";

/** Rows kept in sight: the page would become slow with all of a busy day. */
const MOST_ROWS = 300;
/** Rows with which a stream begins, at most. */
const FIRST_ANSWER = 50;

/** New events put on top of those that are there; one that is known already is replaced where it stands. */
export function mergeRows(rows: readonly EventRow[], news: readonly EventRow[]): EventRow[] {
	const byId = new Map(news.map((row) => [row.id, row]));
	const known = new Set(rows.map(({ id }) => id));
	const added = news.filter(({ id }) => !known.has(id));
	// After a long interruption the newest events no longer reach those on the page: what is between is not known here.
	const isGap = rows.length > 0 && news.length > 1 && added.length === news.length && added.length >= FIRST_ANSWER;
	const kept = isGap ? [] : rows.map((row) => byId.get(row.id) ?? row);
	return [...added, ...kept].slice(0, MOST_ROWS);
}
