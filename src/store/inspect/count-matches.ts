import type { Status } from "../../event/event.ts";
import type { Database } from "../database.ts";
import { type EventFilter, resolveFilter } from "./filter.ts";
import { readConsistently } from "./reading.ts";
import { SEARCH_LIMITS, type SearchLimits, search } from "./search.ts";

/** How many events of a status match. */
export interface MatchCount {
	readonly events: number;
	/** There are more, or there may be: so many were found before counting was given up. */
	readonly at_least: boolean;
}

/** Beyond this nobody needs to know how many there are, and counting them would take time that delivery needs. */
export const MOST_COUNTED = 1_000;

/** A fifth of what a search may do: six statuses are counted for a page that shows one search. */
const LIMITS: SearchLimits = { ...SEARCH_LIMITS, walked: 50_000, unread: 50_000 };

/** How many events match a filter and have this status, whatever status the filter names. With bounded work. */
export function countMatches(database: Database, filter: EventFilter, status: Status): Promise<MatchCount> {
	return readConsistently(database, async (reading) => {
		const { statuses: _, ...others } = filter;
		const resolved = await resolveFilter(reading, { ...others, status });
		const asked = { filter: resolved, below: null, order: "desc", limit: MOST_COUNTED + 1 } as const;
		const { ids, endedAt } = await search(reading, asked, LIMITS);
		return { events: Math.min(ids.length, MOST_COUNTED), at_least: ids.length > MOST_COUNTED || endedAt !== null };
	});
}
