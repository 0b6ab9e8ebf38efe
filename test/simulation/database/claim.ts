import type { Claim, ClaimedEvent, ClaimRequest } from "../../../src/store/claim.ts";
import { claimDue } from "./claim-due.ts";
import { requireKnownDatabase } from "./known-database.ts";
import { CLAIM_BYTES, claimed, openLease } from "./leases.ts";
import { releaseNext, unreadBefore } from "./order.ts";
import { insertState } from "./states.ts";
import type { Event, Tables } from "./tables.ts";
import { ANY_ORDER, type Ties } from "./ties.ts";
import { type Twin, twinOf } from "./twins.ts";

/** claim(): first attempts straight from the outbox in reading order, then what is due of what waited. */
export function claim(tables: Tables, request: ClaimRequest, ties: Ties = ANY_ORDER): Claim {
	if (request.known !== null) requireKnownDatabase(tables, request.known);
	const headLimit = request.lookForDue ? Math.ceil(request.limit / 2) : request.limit;
	const head = readHead(tables, request, headLimit);
	const left = request.limit - head.events.length;
	if (left <= 0 || !(request.lookForDue || head.moved > 0)) return { ...head, nextDueMs: undefined };
	const due = claimDue(tables, request, left, ties);
	return { ...head, events: [...head.events, ...due.events], nextDueMs: due.nextDueMs };
}

type HeadRead = Omit<Claim, "nextDueMs">;

function readHead(tables: Tables, request: ClaimRequest, limit: number): HeadRead {
	const wasReading = tables.look !== null;
	const look = tables.look ?? tables.unread;
	const taken = take(look, limit);
	const hasMore = taken.found >= limit || taken.events.length < taken.found;
	const seen = taken.events.map((event) => ({ event, twin: twinOf(tables, event, taken.events) }));
	const direct = seen.filter(({ event, twin }) => goesDirectly(tables, request, event, twin)).map(({ event }) => event);
	const passed = new Set(direct);
	const toMove = seen.filter(({ event }) => !passed.has(event) && event.state === null);
	advance(tables, look, taken.events, hasMore);
	moveAll(tables, toMove);
	releaseNext(
		tables,
		seen.filter(({ twin }) => twin !== null).map(({ event }) => event.orderingKey),
	);
	if (taken.events.length > 0 || wasReading) tables.headPosition++;
	if (direct.length > 0)
		openLease(
			tables,
			request,
			true,
			direct.map((event) => ({ event, attempt: 1 })),
		);
	const events = direct.map((event) => firstAttempt(tables, event, request.headLease));
	return { events, moved: toMove.length, more: hasMore || wasReading };
}

/** The next events of a look: no more than asked for, and no more bytes than one answer may have. */
function take(look: readonly Event[], limit: number): { readonly events: Event[]; readonly found: number } {
	const found = Math.min(look.length, limit);
	let bytes = 0;
	let count = 0;
	for (; count < found; count++) {
		bytes += (look[count] as Event).bytes;
		if (count > 0 && bytes > CLAIM_BYTES) break;
	}
	return { events: look.slice(0, count), found };
}

/**
 * The head moves on: these have been read. A look that is not finished goes on where it stopped, and sees nothing
 * newer.
 */
function advance(tables: Tables, look: Event[], taken: readonly Event[], hasMore: boolean): void {
	for (const event of taken) {
		event.isRead = true;
		if (event.orderingKey !== null) forgetUnread(tables, event.orderingKey, event);
	}
	if (look === tables.unread) tables.unread = [];
	tables.look = hasMore ? look.slice(taken.length) : null;
}

function forgetUnread(tables: Tables, orderingKey: string, event: Event): void {
	const unread = tables.unreadByKey.get(orderingKey);
	unread?.delete(event);
	if (unread?.size === 0) tables.unreadByKey.delete(orderingKey);
}

function goesDirectly(tables: Tables, request: ClaimRequest, event: Event, twin: Twin | null): boolean {
	const { triggerId, orderingKey, deliverAfter, state } = event;
	if (state !== null || twin !== null || orderingKey !== null) return false;
	if (deliverAfter !== null && deliverAfter > tables.now) return false;
	if (request.heldBack.includes(triggerId) || request.probing.includes(triggerId)) return false;
	const trigger = tables.triggers.get(triggerId);
	if (trigger === undefined) return true;
	return trigger.pausedAt === null && trigger.ratePerSecond === null && trigger.maxInFlight === null;
}

interface Seen {
	readonly event: Event;
	readonly twin: Twin | null;
}

/** Makes rows of what has to wait. All of them are judged by what was there before. */
function moveAll(tables: Tables, seen: readonly Seen[]): void {
	const firstOfKey = new Map<string, number>();
	for (const { event, twin } of seen) {
		if (event.orderingKey === null || twin !== null) continue;
		firstOfKey.set(event.orderingKey, Math.min(event.seq, firstOfKey.get(event.orderingKey) ?? event.seq));
	}
	const rows = seen.map(({ event, twin }) => ({
		event,
		twin,
		blocked: twin === null && isBlocked(tables, event, firstOfKey),
	}));
	for (const { event, twin, blocked } of rows) {
		insertState(tables, event, {
			nextAttemptAt: Math.max(event.deliverAfter ?? event.createdAt, event.createdAt),
			status: twin === null ? "pending" : twin.duplicateOf === null ? "dead" : "cancelled",
			blocked,
			reason: twin?.reason ?? null,
			duplicateOf: twin?.duplicateOf ?? null,
		});
	}
}

function isBlocked(tables: Tables, { orderingKey, seq }: Event, firstOfKey: ReadonlyMap<string, number>): boolean {
	if (orderingKey === null) return false;
	if (firstOfKey.get(orderingKey) !== seq) return true;
	for (const other of tables.ordered.get(orderingKey) ?? []) if (!other.blocked || other.event.seq < seq) return true;
	return unreadBefore(tables, orderingKey, seq);
}

function firstAttempt(tables: Tables, event: Event, leaseId: string): ClaimedEvent {
	return { ...claimed(tables, event, leaseId), attempt: 1, excused: 0, ordered: false, fromHead: true };
}
