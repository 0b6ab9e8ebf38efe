import { sql } from "kysely";
import type { EventRow } from "../../event/columns.ts";
import type { Database } from "../database.ts";
import { type EventFilter, resolveFilter } from "./filter.ts";
import { eventRows, fitting } from "./list-events.ts";
import { type Reading, readConsistently } from "./reading.ts";
import { search } from "./search.ts";

/** This many of the newest events are looked at each time; a burst of more is not seen whole. */
const PAGE_EVENTS = 200;
/** Events whose changes are told. */
const FOLLOWED_EVENTS = 400;

/** What is new since the look before. */
export interface News {
	/** Events that were not seen before, oldest first. */
	readonly fresh: readonly EventRow[];
	/** Events seen before that stand otherwise now, though they may match the filter no longer; oldest first. */
	readonly changed: readonly EventRow[];
	/** There were more new events than are looked at, or than fit: the oldest of them are not among these. */
	readonly skipped: boolean;
	/** The database's clock. */
	readonly now: Date;
}

/** Follows the events of a filter: what is written, and what becomes of it. */
export class Follower {
	readonly #database: Database;
	readonly #filter: EventFilter;
	readonly #mostBytes: number;
	/** The latest events by id: how each stood. */
	#seen: Map<string, string> | null = null;

	/**
	 * @param mostBytes A look brings no more events than fit into as many bytes, the newest first. Default: no such
	 * bound.
	 */
	constructor(database: Database, filter: EventFilter, mostBytes = Number.POSITIVE_INFINITY) {
		this.#database = database;
		this.#filter = filter;
		this.#mostBytes = mostBytes;
	}

	/**
	 * Looks again. At first everything there is, of the newest, counts as new. Only what there is to tell is read whole:
	 * payloads may be large.
	 */
	look(): Promise<News> {
		return readConsistently(this.#database, async (reading) => {
			const filter = await resolveFilter(reading, this.#filter);
			const { ids } = await search(reading, { filter, below: null, order: "desc", limit: PAGE_EVENTS });
			const seen = this.#seen ?? new Map<string, string>();
			const oldestSeen = seen.size < PAGE_EVENTS ? "" : ([...seen.keys()].sort()[0] as string);
			const fresh = new Set(ids.filter((id) => !seen.has(id) && id > oldestSeen));
			const standings = await standingsOf(reading, [...new Set([...ids, ...seen.keys()])]);
			const changed = [...seen].filter(([id, was]) => standings.has(id) && standings.get(id) !== was);
			const told = new Set(await fitting(reading, [...fresh], this.#mostBytes));
			const toldChanges = await fitting(
				reading,
				changed.map(([id]) => id),
				this.#mostBytes,
			);
			const rows = await eventRows(reading, [...told, ...toldChanges]);
			// A change that did not fit is told the next time.
			const untold = changed.filter(([id]) => !toldChanges.includes(id));
			this.#seen = newest(new Map([...standings, ...untold]));
			return {
				fresh: rows.filter(({ id }) => fresh.has(id)).reverse(),
				changed: rows.filter(({ id }) => !fresh.has(id)).reverse(),
				skipped: told.size < fresh.size || (seen.size > 0 && fresh.size === PAGE_EVENTS),
				now: reading.now,
			};
		});
	}
}

function newest(standings: ReadonlyMap<string, string>): Map<string, string> {
	const ids = [...standings.keys()].sort().reverse().slice(0, FOLLOWED_EVENTS);
	return new Map(ids.map((id) => [id, standings.get(id) as string]));
}

/** Everything about events that can change, by id. */
async function standingsOf({ db }: Reading, ids: readonly string[]): Promise<Map<string, string>> {
	if (ids.length === 0) return new Map();
	const rows = await db
		.selectFrom("events as e")
		.where(sql<boolean>`e.id = ANY (${ids}::uuid[])`)
		.select(["e.id", "e.status", "e.attempts", "e.last_outcome", "e.next_attempt_at", "e.last_error"])
		.execute();
	return new Map(rows.map(({ id, ...standing }) => [id, JSON.stringify(standing)]));
}
