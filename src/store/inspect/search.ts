import { sql } from "kysely";
import { anyOf, type Candidates, candidates, countUnread, unsorted, type Window, waiting } from "./candidates.ts";
import { examine } from "./examine.ts";
import { hasExamined } from "./examined.ts";
import { type EventFilter, idAfter, idTime, type ResolvedFilter } from "./filter.ts";
import type { Findings } from "./findings.ts";
import { type Head, readHead } from "./head.ts";
import type { Reading } from "./reading.ts";

/** Bounds of the work of one search: together well below 200 ms of it. */
export interface SearchLimits {
	/** Events looked at in the order of their ids before another way is tried. */
	readonly walked: number;
	/** Up to this many matches are all found, in whatever order, and sorted. */
	readonly gathered: number;
	/** Up to this many unread events are looked at for those that match. */
	readonly unread: number;
}

export const SEARCH_LIMITS: SearchLimits = { walked: 250_000, gathered: 5_000, unread: 250_000 };

/** A window as it is asked for: the newest first. */
type Asked = Window & { readonly order: "desc" };

/** The newest events of a window, with bounded work, however large the record is and whatever is asked for. */
export async function search(reading: Reading, asked: Asked, limits: SearchLimits = SEARCH_LIMITS): Promise<Findings> {
	const { statuses, ...filter } = asked.filter;
	if (hasExamined(filter)) {
		return examine(reading, asked, (base) => search(reading, base, limits));
	}
	if (statuses === undefined || filter.status !== undefined) return searchOne(reading, { ...asked, filter }, limits);
	const each: Findings[] = [];
	for (const status of new Set(statuses)) {
		each.push(await searchOne(reading, { ...asked, filter: { ...filter, status } }, limits));
	}
	return merged(each, asked.limit);
}

/** What several searches have found, down to where the first of them stopped. */
export function merged(each: readonly Findings[], limit: number): Findings {
	const ends = each.flatMap(({ endedAt }) => (endedAt === null ? [] : [endedAt]));
	const end = ends.reduce<Findings["endedAt"]>((high, one) => (high === null || one.id > high.id ? one : high), null);
	const ids = each.flatMap((findings) => findings.ids).filter((id) => end === null || id >= end.id);
	const newest = [...new Set(ids)].sort().reverse().slice(0, limit);
	return { ids: newest, endedAt: newest.length === limit ? null : end };
}

/**
 * The newest events of a window, with bounded work, however large the record is and whatever is asked for. What an
 * index answers in the order of ids is taken from there. For the rest the newest events are walked over, which finds
 * what is common; then what is rare is gathered by other indexes and sorted; what is neither, because it was common
 * once, is left to the next page.
 */
async function searchOne(reading: Reading, asked: Asked, limits: SearchLimits): Promise<Findings> {
	const head = await readHead(reading);
	const { filter } = asked;
	if (isAnsweredInOrder(filter)) return { ids: await found(reading, asked, head), endedAt: null };
	const window = filter.status === "delivered" ? await belowNewestAttempt(reading, asked) : asked;
	const floor = await floorOf(reading, window, limits.walked);
	if (floor === null) return { ids: await found(reading, window, head), endedAt: null };
	const newest = await found(reading, { ...window, filter: { ...filter, fromId: floor } }, head);
	const missing = window.limit - newest.length;
	if (missing <= 0) return { ids: newest, endedAt: null };
	const older = isSelective(filter)
		? await gathered(reading, { ...window, below: floor, limit: missing }, head, limits)
		: null;
	if (older !== null) return { ids: [...newest, ...older], endedAt: null };
	return { ids: newest, endedAt: { id: floor, time: idTime(floor) } };
}

/**
 * The oldest events of a filter: all of them, to the limit, whatever it takes. For what is done to many events and not
 * for a glance.
 */
export async function oldest(reading: Reading, filter: ResolvedFilter, limit: number): Promise<Candidates> {
	const head = await readHead(reading);
	const { statuses, ...one } = filter;
	const window: Window = { filter: one, below: null, order: "asc", limit };
	if (statuses === undefined || filter.status !== undefined) return candidates(reading, window, head, "read_order");
	return anyOf(
		[...new Set(statuses)].map((status) =>
			candidates(reading, { ...window, filter: { ...one, status } }, head, "read_order"),
		),
		window,
	);
}

/** One user's, one key's, what is kept apart by its status, or everything: an index has them in order. */
export function isAnsweredInOrder(filter: EventFilter | ResolvedFilter): boolean {
	const { status, statuses, user, idempotencyKey, trigger, metadata, metadataAny, source } = filter;
	if (hasExamined(filter)) return false;
	if (status === undefined && statuses !== undefined) {
		return statuses.every((one) => isAnsweredInOrder({ ...filter, status: one }));
	}
	if (user !== undefined || idempotencyKey !== undefined) return true;
	if (status === "pending" || status === "delivered") return false;
	return status !== undefined || [trigger, metadata, metadataAny, source].every((one) => one === undefined);
}

/** An index may lead to the matches, in another order. */
function isSelective({ status, trigger, metadata, metadataAny, source }: ResolvedFilter): boolean {
	return status === "pending" || [trigger, metadata, metadataAny, source].some((one) => one !== undefined);
}

/** Nothing that was never attempted is delivered: while Reward is down, a million such events may be the newest. */
async function belowNewestAttempt(reading: Reading, window: Window): Promise<Window> {
	const { rows } = await sql<{ id: string | null }>`
		SELECT greatest((SELECT a.event_id FROM reward_outbox.attempt_log a ORDER BY a.event_id DESC LIMIT 1),
		                (SELECT s.event_id FROM reward_outbox.event_states s ORDER BY s.event_id DESC LIMIT 1)) AS id`.execute(
		reading.db,
	);
	const newest = rows[0]?.id ?? null;
	if (newest === null || (window.below !== null && window.below <= newest)) return window;
	return { ...window, below: idAfter(newest) };
}

/** The id down to which the newest events of the window are walked over; null: the window holds fewer. */
async function floorOf({ db }: Reading, { filter, below }: Window, walked: number): Promise<string | null> {
	const row = await db
		.selectFrom("outbox as o")
		.select("o.id")
		.$if(below !== null, (query) => query.where("o.id", "<", below as string))
		.$if(filter.fromId !== null, (query) => query.where("o.id", ">=", filter.fromId as string))
		.$if(filter.toId !== null, (query) => query.where("o.id", "<", filter.toId as string))
		.orderBy("o.id", "desc")
		.offset(walked)
		.limit(1)
		.executeTakeFirst();
	return row?.id ?? null;
}

async function found(reading: Reading, window: Window, head: Head): Promise<string[]> {
	return (await idsOf(reading, candidates(reading, window, head, "searched"))).sort().reverse();
}

/** All that match, sorted; null: there are too many for that. */
async function gathered(
	reading: Reading,
	window: Window,
	head: Head,
	limits: SearchLimits,
): Promise<readonly string[] | null> {
	const { db } = reading;
	const isPending = window.filter.status === "pending";
	if (isPending && (await countUnread(reading, head, limits.unread + 1)) > limits.unread) return null;
	const matches = unsorted(reading, window, head).limit(limits.gathered + 1);
	const { all } = await db
		.selectFrom(matches.as("matches"))
		.select(
			sql<string[] | null>`CASE WHEN count(*) <= ${sql.lit(limits.gathered)}
				THEN coalesce(array_agg(matches.id ORDER BY matches.id DESC), '{}')::text[] END`.as("all"),
		)
		.executeTakeFirstOrThrow();
	if (all === null) return null;
	if (window.filter.status === "delivered") return delivered(reading, all, window.limit);
	const others = isPending ? await idsOf(reading, waiting(reading, window)) : [];
	return [...all, ...others].sort().reverse().slice(0, window.limit);
}

async function delivered(reading: Reading, sorted: readonly string[], limit: number): Promise<string[]> {
	const { rows } = await sql<{ id: string }>`
		SELECT c.id FROM unnest(${sorted}::uuid[]) WITH ORDINALITY AS c(id, position)
		WHERE (SELECT e.status FROM reward_outbox.events e WHERE e.id = c.id) = 'delivered' ORDER BY c.position LIMIT ${limit}`.execute(
		reading.db,
	);
	return rows.map(({ id }) => id);
}

async function idsOf({ db }: Reading, ids: Candidates): Promise<string[]> {
	const rows = await db.selectFrom(sql<{ id: string }>`(${ids})`.as("found")).select("found.id").execute();
	return rows.map(({ id }) => id);
}
