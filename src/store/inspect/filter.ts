import { sql } from "kysely";
import type { Status } from "../../event/event.ts";
import type { Reading } from "./reading.ts";

/** A time: fixed, or a number of milliseconds before now by the database's clock. */
export type Instant =
	| { readonly kind: "absolute" /** With time zone. */; readonly iso: string }
	| { readonly kind: "relative"; readonly ms: number };

/** Which events are meant; what is left out does not matter. */
export interface EventFilter {
	readonly status?: Status;
	/** In any of these statuses; beside `status` it means nothing. */
	readonly statuses?: readonly Status[];
	readonly trigger?: string;
	readonly user?: string;
	/** Exactly this key: one event at most. */
	readonly idempotencyKey?: string;
	/**
	 * JSON text of an object that the event's metadata must contain, such as `{"order_id": 4711}`. The type of a value
	 * counts: 4711 is not "4711".
	 */
	readonly metadata?: string;
	/** JSON texts of objects, of which the metadata must contain one. */
	readonly metadataAny?: readonly string[];
	/** An id from one to another, both included, that ends in these digits. */
	readonly id?: { readonly from: string; readonly to: string; readonly ending?: string };
	/** Captured by the watch of this name. */
	readonly source?: string;
	/** HTTP status of the last attempt's answer; 0: none came. */
	readonly httpStatus?: number;
	/** Error code of the last attempt; `-`: none. */
	readonly errorCode?: string;
	/** A message of the last attempt: those of the same shape, whatever ids and numbers are in them; `-`: none. */
	readonly error?: string;
	/** Text that the payload contains, in whatever case. */
	readonly text?: string;
	/** Changed by this run over many events. */
	readonly run?: string;
	/** Written at this time or later. */
	readonly since?: Instant;
	/** Written before this time. */
	readonly until?: Instant;
}

/** A filter whose times are known to the microsecond, with the ids between which its events must be. */
export interface ResolvedFilter extends Omit<EventFilter, "since" | "until"> {
	/** Times as text, which unlike a Date has microseconds. */
	readonly since: string | null;
	readonly until: string | null;
	/** Lowest id, included. */
	readonly fromId: string | null;
	/** First id above. */
	readonly toId: string | null;
}

/** The clock of an id and that of its row are read one after the other; the exact time decides in the end. */
const ID_SLACK_MS = 1000;
const ID_LATEST_MS = 2 ** 48 - 1;

export async function resolveFilter({ db }: Reading, filter: EventFilter): Promise<ResolvedFilter> {
	const { since, until, ...rest } = filter;
	const ids = { fromId: filter.id?.from ?? null, toId: filter.id === undefined ? null : idAfter(filter.id.to) };
	if (since === undefined && until === undefined) return { ...rest, since: null, until: null, ...ids };
	const { rows } = await sql<{ since: string | null; until: string | null; from: number | null; to: number | null }>`
		SELECT s.at::text AS since, u.at::text AS until,
		       floor(date_part('epoch', s.at) * 1000) AS "from", ceil(date_part('epoch', u.at) * 1000) AS "to"
		FROM (SELECT ${instant(since)} AS at) s, (SELECT ${instant(until)} AS at) u`.execute(db);
	const [times] = rows as [(typeof rows)[0]];
	return {
		...rest,
		since: times.since,
		until: times.until,
		fromId: later(ids.fromId, times.from === null ? null : lowestId(times.from - ID_SLACK_MS)),
		toId: earlier(ids.toId, times.to === null ? null : lowestId(times.to + ID_SLACK_MS)),
	};
}

function later(one: string | null, other: string | null): string | null {
	if (one === null || other === null) return one ?? other;
	return one > other ? one : other;
}

function earlier(one: string | null, other: string | null): string | null {
	if (one === null || other === null) return one ?? other;
	return one < other ? one : other;
}

export function instant(at: Instant | undefined) {
	if (at === undefined) return sql<string | null>`NULL::timestamptz`;
	if (at.kind === "absolute") return sql<string>`${at.iso}::timestamptz`;
	return sql<string>`now() - ${at.ms}::float8 * interval '1 millisecond'`;
}

/** When an id was made: to the millisecond, by the database's clock. */
export function idTime(id: string): Date {
	return new Date(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16));
}

/** The next id there could be. */
export function idAfter(id: string): string {
	const last = (1n << 128n) - 1n;
	const number = BigInt(`0x${id.replaceAll("-", "")}`);
	const next = (number === last ? last : number + 1n).toString(16).padStart(32, "0");
	return next.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** The lowest version 7 UUID of a millisecond. */
export function lowestId(ms: number): string {
	const hex = Math.min(Math.max(ms, 0), ID_LATEST_MS).toString(16).padStart(12, "0");
	return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}
