import { sql } from "kysely";
import { EVENT_COLUMN_NAMES, EVENT_COLUMNS, type EventColumn, type EventRow } from "../../event/columns.ts";
import { exactJson } from "../../exact-json.ts";
import type { Database } from "../database.ts";
import { cursorAfter, eventIdOfCursor } from "./cursor.ts";
import { type EventFilter, resolveFilter } from "./filter.ts";
import { findTyped } from "./find-typed.ts";
import { type Reading, readConsistently, shown, shownJson } from "./reading.ts";
import { oldest, search } from "./search.ts";

/** The schema allows 64 KiB of each. */
const MOST_ROW_BYTES = 2 * 64 * 1024;

export interface ListRequest {
	readonly filter: EventFilter;
	/**
	 * What a person typed: an id or its beginning, a user, a key, a trigger, a value of the metadata. Left out: nothing.
	 */
	readonly typed?: string;
	/** Events of a page, 1 to 1000. Large ones make it shorter: see {@link PAGE_BYTES}. */
	readonly limit: number;
	/** Where the page before ended; left out: the newest events. */
	readonly cursor?: string;
}

export interface EventPage {
	/** Newest first. */
	readonly events: readonly EventRow[];
	/** For the next page; null: this is the last. */
	readonly nextCursor: string | null;
	/**
	 * Set when the page has fewer events than were asked for, although there may be more: the search stopped after a
	 * bounded amount of work, and what was written from this time on is complete. Go on with the cursor. Null in every
	 * other case.
	 */
	readonly searchedUntil: Date | null;
	/** What was searched for what was typed, in words; null: nothing was typed. */
	readonly searched: readonly string[] | null;
	/** The database's clock. */
	readonly now: Date;
}

/** A page ends with the event that goes beyond this, whatever its limit. Bytes of payload and metadata. */
export const PAGE_BYTES = 1024 * 1024;

/**
 * Events, newest first, page by page. A page begins where the one before ended, whatever was written since. One call
 * looks at a bounded number of events, and reads a bounded number of bytes: a page may be short, or empty, and not the
 * last.
 *
 * @throws UsageError for a wrong cursor
 */
export async function listEvents(database: Database, request: ListRequest): Promise<EventPage> {
	const below = request.cursor === undefined ? null : eventIdOfCursor(request.cursor);
	return readConsistently(database, async (reading) => {
		const { ids, endedAt, searched } = await findingsOf(reading, request, below);
		const page = await fitting(reading, ids.slice(0, request.limit), PAGE_BYTES);
		const end = page.length < ids.length ? page.at(-1) : endedAt?.id;
		return {
			events: await eventRows(reading, page),
			nextCursor: end === undefined ? null : cursorAfter(end),
			searchedUntil: ids.length < request.limit ? (endedAt?.time ?? null) : null,
			searched,
			now: reading.now,
		};
	});
}

/** One more than asked for tells whether there is another page. */
async function findingsOf(reading: Reading, { filter, typed, limit }: ListRequest, below: string | null) {
	if (typed !== undefined) return await findTyped(reading, { typed, filter, below, limit: limit + 1 });
	const resolved = await resolveFilter(reading, filter);
	const findings = await search(reading, { filter: resolved, below, order: "desc", limit: limit + 1 });
	return { ...findings, searched: null };
}

/**
 * The newest of some ids whose events together fit into `bytes`, give or take the last one; in the same order.
 */
export async function fitting({ db }: Reading, ids: readonly string[], bytes: number): Promise<readonly string[]> {
	if (ids.length * MOST_ROW_BYTES <= bytes) return ids;
	const { rows } = await sql<{ id: string }>`
		SELECT s.id
		FROM (
			SELECT o.id, sum(octet_length(o.payload::text) + coalesce(octet_length(o.metadata::text), 0))
			               OVER (ORDER BY o.id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bytes_before
			FROM reward_outbox.outbox o
			WHERE o.id = ANY (${ids}::uuid[])
		) s
		WHERE coalesce(s.bytes_before, 0) < ${bytes}
		ORDER BY s.id DESC`.execute(db);
	return rows.map(({ id }) => id);
}

/** The rows of some ids, newest first. What was pruned is not among them. */
export function readEvents(database: Database, ids: readonly string[]): Promise<EventRow[]> {
	return readConsistently(database, (reading) => eventRows(reading, ids));
}

/** The same within a look. */
export async function eventRows(reading: Reading, ids: readonly string[]): Promise<EventRow[]> {
	if (ids.length === 0) return [];
	const { rows } = await sql<EventRow>`
		SELECT ${sql.join(EVENT_COLUMN_NAMES.map((name) => columnOf(reading, name)))}
		FROM reward_outbox.events e
		WHERE e.id = ANY (${ids}::uuid[])
		ORDER BY e.id DESC`.execute(reading.db);
	return rows.map((row) => ({ ...row, ...Object.fromEntries(JSON_COLUMNS.map((name) => [name, jsonOf(row[name])])) }));
}

const JSON_COLUMNS = EVENT_COLUMN_NAMES.filter((name) => EVENT_COLUMNS[name] === "json");

function columnOf(reading: Reading, name: EventColumn) {
	const column = `e.${name}`;
	switch (EVENT_COLUMNS[name]) {
		case "known":
			return sql.ref(column);
		case "foreign":
			return sql`${shown(reading, column)} AS ${sql.ref(name)}`;
		case "json":
			return sql`${shownJson(reading, column)} AS ${sql.ref(name)}`;
		default:
			return EVENT_COLUMNS[name] satisfies never;
	}
}

function jsonOf(text: unknown): unknown {
	return text === null ? null : exactJson(text as string);
}

/** Ids and triggers of events, oldest first, at most `limit`. */
export async function findEvents(
	database: Database,
	eventFilter: EventFilter,
	limit: number,
): Promise<{ id: string; trigger_id: string }[]> {
	return readConsistently(database, async (reading) => {
		const filter = await resolveFilter(reading, eventFilter);
		const ids = await oldest(reading, filter, limit);
		return reading.db
			.with(
				(page) => page("page").materialized(),
				() => ids,
			)
			.selectFrom("page")
			.innerJoin("outbox as o", "o.id", "page.id")
			.select(["o.id", "o.trigger_id"])
			.orderBy("o.id")
			.execute();
	});
}
