import type { EventRow, TailGap } from "../../../../api/schema/events.ts";

/** Rows kept in sight: the page would become slow with all of a busy day. */
export const MOST_ROWS = 300;

/** New events put among those that are there, the newest on top; one that is known already is replaced. */
export function mergeRows(rows: readonly EventRow[], news: readonly EventRow[]): EventRow[] {
	const byId = new Map([...rows, ...news].map((row) => [row.id, row]));
	// Ids are in the order of time.
	return [...byId.values()].sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, MOST_ROWS);
}

/** The gaps before each row that something is missing above, by its id; under "" those below the last row. */
export function gapsByRow(rows: readonly EventRow[], gaps: readonly TailGap[]): ReadonlyMap<string, TailGap[]> {
	const places = new Map<string, TailGap[]>();
	for (const gap of gaps) {
		const place = rows.find(({ id }) => id <= gap.above)?.id ?? "";
		places.set(place, [...(places.get(place) ?? []), gap]);
	}
	return places;
}
