import { type Expression, type SelectQueryBuilder, sql } from "kysely";
import type { Status } from "../../event/event.ts";
import { examined, hasExamined } from "./examined.ts";
import type { ResolvedFilter } from "./filter.ts";
import type { Head } from "./head.ts";
import type { Reading } from "./reading.ts";

/** A part of the events that a filter asks for, in the order of their ids. */
export interface Window {
	readonly filter: ResolvedFilter;
	/** Only ids below this one; null: from the newest. */
	readonly below: string | null;
	readonly order: "desc" | "asc";
	readonly limit: number;
}

/** Ids in the order of the window, to its limit. */
export type Candidates = Expression<{ id: string }>;

/**
 * The ids of events in a status, by the shortest way to them: whatever is not delivered is found where the relays find
 * it, never by walking over what was delivered.
 */
export function candidates(reading: Reading, window: Window, head: Head, way: "searched" | "read_order"): Candidates {
	const { status } = window.filter;
	switch (status) {
		case undefined:
			return firstOf(written(reading, window), window);
		case "dead":
		case "uncertain":
		case "cancelled":
			return firstOf(withState(reading, status, window), window);
		case "pending":
			return either(reading, withState(reading, status, window), unreadBy(way, reading, window, head), window);
		case "delivered":
			return either(reading, accepted(reading, window), withState(reading, status, window), window);
		case "sending":
			return firstOf(claimed(reading, window), window);
		default:
			return status satisfies never;
	}
}

/** Events whose status is known only by looking at each of them, in no order; pending ones: those that are new. */
export function unsorted(reading: Reading, window: Window, head: Head) {
	return window.filter.status === "pending" ? unread(reading, window, head, "read_order") : written(reading, window);
}

/** How many events no relay has read yet, give or take what was running in between; counted up to `most`. */
export async function countUnread({ db }: Reading, head: Head, most: number): Promise<number> {
	const some = db
		.selectFrom("outbox as o")
		.select("o.epoch")
		.where("o.epoch", "=", head.epoch)
		.where(sql<boolean>`o.xid >= ${head.xmax}::text::xid8`)
		.limit(most);
	const { count } = await db
		.selectFrom(some.as("u"))
		.select(sql<number>`count(*)::integer`.as("count"))
		.executeTakeFirstOrThrow();
	return count;
}

/** Pending events that have waited already. */
export function waiting(reading: Reading, window: Window): Candidates {
	return firstOf(withState(reading, "pending", window), window);
}

type Ids<DB, Tables extends keyof DB> = SelectQueryBuilder<DB, Tables, { id: string }>;

function firstOf<DB, Tables extends keyof DB>(source: Ids<DB, Tables>, { order, limit }: Window) {
	return source.orderBy(sql`id`, order).limit(limit);
}

/** Each side brings its own first rows, so that neither is read to its end. */
function either<D1, T1 extends keyof D1, D2, T2 extends keyof D2>(
	{ db }: Reading,
	one: Ids<D1, T1>,
	other: Ids<D2, T2>,
	window: Window,
) {
	const first = db.selectFrom(firstOf(one, window).as("one")).select("one.id");
	const second = db.selectFrom(firstOf(other, window).as("other")).select("other.id");
	return firstOf(db.selectFrom(first.unionAll(second).as("both")).select("both.id as id"), window);
}

/** What several ways lead to, in the order of the window. */
export function anyOf(ways: readonly Candidates[], { order, limit }: Window): Candidates {
	const all = sql.join(
		ways.map((way) => sql`SELECT w.id FROM (${way}) w`),
		sql` UNION ALL `,
	);
	return sql<{ id: string }>`(SELECT u.id FROM (${all}) u ORDER BY u.id ${sql.raw(order)} LIMIT ${limit})`;
}

/** Every event, by the outbox itself. */
export function written({ db }: Reading, { filter, below }: Window) {
	return db
		.selectFrom("outbox as o")
		.select("o.id as id")
		.$if(below !== null, (query) => query.where("o.id", "<", below as string))
		.$if(filter.fromId !== null, (query) => query.where("o.id", ">=", filter.fromId as string))
		.$if(filter.toId !== null, (query) => query.where("o.id", "<", filter.toId as string))
		.$if(filter.user !== undefined, (query) => query.where("o.user_id", "=", filter.user as string))
		.$if(filter.trigger !== undefined, (query) => query.where("o.trigger_id", "=", filter.trigger as string))
		.$if(filter.idempotencyKey !== undefined, (query) => query.where(hasKey(filter.idempotencyKey as string)))
		.$if(filter.metadata !== undefined, (query) => query.where(containsMetadata(filter.metadata as string)))
		.$if(filter.metadataAny !== undefined, (query) => query.where(containsAny(filter.metadataAny ?? [])))
		.$if(filter.id?.ending !== undefined, (query) =>
			query.where(sql<boolean>`right(o.id::text, ${filter.id?.ending?.length ?? 0}) = ${filter.id?.ending ?? ""}`),
		)
		.$if(filter.source !== undefined, (query) => query.where("o.source", "=", filter.source as string))
		.$if(hasExamined(filter), (query) => query.where(examined(filter)))
		.$if(filter.since !== null, (query) => query.where(sql<boolean>`o.created_at >= ${filter.since}::timestamptz`))
		.$if(filter.until !== null, (query) => query.where(sql<boolean>`o.created_at < ${filter.until}::timestamptz`));
}

/** Each by the index, joined by OR: it finds one document at a time. */
function containsAny(documents: readonly string[]) {
	return sql<boolean>`(${sql.join(documents.map(containsMetadata), sql` OR `)})`;
}

/** One index holds the keys of events that were emitted, another those that were captured. */
function hasKey(key: string) {
	return sql<boolean>`(o.idempotency_key = ${key} OR o.captured_key = ${key})`;
}

function containsMetadata(json: string) {
	return sql<boolean>`o.metadata @> ${json}::jsonb`;
}

/**
 * Events that waited or ended otherwise than by delivery. The bounds are said twice: PostgreSQL does not pass them on.
 */
function withState(reading: Reading, status: Status, window: Window) {
	const { filter, below } = window;
	return written(reading, window)
		.innerJoin("event_states as s", "s.event_id", "o.id")
		.where("s.status", "=", status)
		.$if(below !== null, (query) => query.where("s.event_id", "<", below as string))
		.$if(filter.fromId !== null, (query) => query.where("s.event_id", ">=", filter.fromId as string))
		.$if(filter.toId !== null, (query) => query.where("s.event_id", "<", filter.toId as string))
		.$if(filter.trigger !== undefined, (query) => query.where("s.trigger_id", "=", filter.trigger as string))
		.clearSelect()
		.select("s.event_id as id");
}

/**
 * In the read order they come unsorted. OFFSET 0 keeps PostgreSQL from walking over all events in the order of ids
 * instead.
 */
function unreadBy(way: "searched" | "read_order", reading: Reading, window: Window, head: Head) {
	const { db } = reading;
	if (way === "searched") return db.selectFrom(unread(reading, window, head, way).as("u")).select("u.id as id");
	return db.selectFrom(unread(reading, window, head, way).offset(0).as("u")).select("u.id as id");
}

/**
 * New events. `searched`: by whatever index suits the filter, asking each event whether it was read; `read_order`: by
 * the index that holds the unread ones together, which is best unless they are a million and few of them are wanted.
 */
function unread(reading: Reading, window: Window, head: Head, way: "searched" | "read_order") {
	return written(reading, window)
		.where("o.epoch", "=", head.epoch)
		.where(way === "searched" ? notRead(head) : inReadOrder(head))
		.where(
			sql<boolean>`(${head.reading}::text IS NULL OR NOT pg_visible_in_snapshot(o.xid, ${head.reading}::text::pg_snapshot)
				OR (o.xid, o.seq) > (${head.last_xid}::text::xid8, ${head.last_seq}::bigint))`,
		)
		.where(({ not, exists, selectFrom }) =>
			not(exists(selectFrom("event_states as s").select("s.event_id").whereRef("s.event_id", "=", "o.id"))),
		);
}

function notRead({ read_through }: Head) {
	return sql<boolean>`NOT pg_visible_in_snapshot(o.xid, ${read_through}::text::pg_snapshot)`;
}

/** The same, said so that the index knows it: what began later, or was running. */
function inReadOrder({ xmax, running }: Head) {
	return sql<boolean>`(o.xid >= ${xmax}::text::xid8 OR o.xid = ANY (${running}::text[]::xid8[]))`;
}

/** Events that Reward accepted and nobody asked to send again. */
function accepted(reading: Reading, window: Window) {
	const { filter, below } = window;
	return written(reading, window)
		.innerJoin("attempt_log as a", "a.event_id", "o.id")
		.where("a.outcome", "=", "accepted")
		.where(({ not, exists, selectFrom }) =>
			not(exists(selectFrom("event_states as s").select("s.event_id").whereRef("s.event_id", "=", "a.event_id"))),
		)
		.$if(below !== null, (query) => query.where("a.event_id", "<", below as string))
		.$if(filter.fromId !== null, (query) => query.where("a.event_id", ">=", filter.fromId as string))
		.$if(filter.toId !== null, (query) => query.where("a.event_id", "<", filter.toId as string))
		.clearSelect()
		.select("a.event_id as id")
		.distinct();
}

/**
 * What relays hold now. A claim also names events that are settled already, hence the status. It begins at the claims,
 * which are few: left to the planner, PostgreSQL before 18 walks over the whole record to ask whether a claim names
 * each event.
 */
function claimed(reading: Reading, window: Window) {
	const held = reading.db
		.selectFrom("claims as c")
		.select(sql<string>`unnest(c.event_ids)`.as("id"))
		.distinct()
		// True of all: it lets an index lead to them, see head_now.
		.where("c.expires_at", ">", sql<Date>`'-infinity'`);
	return reading.db
		.selectFrom(held.as("h"))
		.innerJoinLateral(written(reading, window).where("o.id", "=", sql<string>`h.id`).offset(0).as("o"), (join) =>
			join.onTrue(),
		)
		.where(sql<boolean>`(SELECT e.status FROM reward_outbox.events e WHERE e.id = h.id) = 'sending'`)
		.select("o.id as id");
}
