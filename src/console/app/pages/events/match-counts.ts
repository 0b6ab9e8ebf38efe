import { useQuery } from "@tanstack/react-query";
import type { Overview } from "../../../../api/schema/overview.ts";
import { STATUSES, type Status } from "../../../../event/event.ts";
import { countsQuery, overviewQuery } from "../../api/queries.ts";
import { integer, short } from "../../components/numbers.ts";
import { type EventFilter, isEmpty, statusesOf } from "./filter.ts";

/** How many events there are; null: nobody counts them. */
export interface Count {
	readonly events: number;
	/** There are more, or there may be. */
	readonly at_least: boolean;
	/** An estimate. */
	readonly about?: boolean;
}

export type Counts = Readonly<Partial<Record<Status, Count>>>;

/** By status, of what a filter asks for besides; undefined: not known yet, or not now. */
export function useMatchCounts(filter: EventFilter): Counts | undefined {
	const { status: _, ...others } = filter;
	const isAll = isEmpty(others);
	const overview = useQuery({ ...overviewQuery(), enabled: isAll });
	const counted = useQuery({ ...countsQuery(others), enabled: !isAll, retry: false });
	return isAll ? wholeOutbox(overview.data) : counted.data?.counts;
}

/** Counted by the relays as they go; what was delivered is not. */
function wholeOutbox(overview: Overview | undefined): Counts | undefined {
	if (overview === undefined) return undefined;
	const { events } = overview;
	const known = STATUSES.flatMap((status) => {
		const count = events[status];
		const about = status === "delivered" && events.delivered_is_estimate;
		return count === null ? [] : [[status, { events: count, at_least: false, about }] as const];
	});
	return Object.fromEntries(known);
}

/** What a filter with its status asks for; null: not known. */
export function total(filter: EventFilter, counts: Counts | undefined): Count | null {
	const chosen = statusesOf(filter);
	const found = (chosen.length === 0 ? STATUSES : chosen).map((status) => counts?.[status]);
	return found.reduce<Count | null>(
		(sum, one) =>
			sum === null || one === undefined
				? null
				: {
						events: sum.events + one.events,
						at_least: sum.at_least || one.at_least,
						about: sum.about || one.about || false,
					},
		{ events: 0, at_least: false, about: false },
	);
}

/** `320`, `1K or more`, `about 2.3M`. */
export function countInWords({ events, at_least, about = false }: Count): string {
	if (about) return `about ${short(events)}`;
	return at_least ? `${short(events)} or more` : integer(events);
}
