import type { Database } from "../database.ts";
import type { EventFilter } from "./filter.ts";
import { type EventRow, listEvents, readEvents } from "./list-events.ts";

/** Of the newest events so many are looked at each time; a burst of more is not seen whole. */
const PAGE_EVENTS = 200;
/** Events whose changes are told. */
const FOLLOWED_EVENTS = 400;

/** What is new since the look before. */
export interface News {
	/** Events that were not seen before, oldest first. */
	readonly fresh: readonly EventRow[];
	/** Events seen before that stand otherwise now, though they may match the filter no longer; oldest first. */
	readonly changed: readonly EventRow[];
	/** There were more new events than are looked at: the oldest of them are not among these. */
	readonly skipped: boolean;
	/** The database's clock. */
	readonly now: Date;
}

/** Follows the events of a filter: what is written, and what becomes of it. */
export class Follower {
	readonly #database: Database;
	readonly #filter: EventFilter;
	/** The latest events by id: how each stood. */
	#seen: Map<string, string> | null = null;

	constructor(database: Database, filter: EventFilter) {
		this.#database = database;
		this.#filter = filter;
	}

	/** Looks again. At first everything there is, of the newest, counts as new. */
	async look(): Promise<News> {
		const { events, now } = await listEvents(this.#database, { filter: this.#filter, limit: PAGE_EVENTS });
		const seen = this.#seen ?? new Map<string, string>();
		const oldestSeen = seen.size < PAGE_EVENTS ? "" : ([...seen.keys()].sort()[0] as string);
		const fresh = events.filter(({ id }) => !seen.has(id) && id > oldestSeen);
		const known = await readEvents(this.#database, [...seen.keys()]);
		const changed = known.filter((row) => seen.get(row.id) !== standing(row));
		this.#seen = newest([...events, ...known]);
		return {
			fresh: fresh.toReversed(),
			changed: changed.toReversed(),
			skipped: seen.size > 0 && fresh.length === PAGE_EVENTS,
			now,
		};
	}
}

function newest(rows: readonly EventRow[]): Map<string, string> {
	const byId = new Map(rows.map((row) => [row.id, standing(row)]));
	const ids = [...byId.keys()].sort().reverse().slice(0, FOLLOWED_EVENTS);
	return new Map(ids.map((id) => [id, byId.get(id) as string]));
}

/** Everything about an event that can change. */
function standing({
	status,
	attempts,
	last_outcome: outcome,
	next_attempt_at: next,
	last_error: error,
}: EventRow): string {
	return JSON.stringify([status, attempts, outcome, next?.getTime() ?? null, error]);
}
