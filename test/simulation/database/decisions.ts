import type { RefusalCode } from "../../../src/event/refusal.ts";
import type { DecisionResult } from "../../../src/store/decide-events.ts";
import { releaseNext, unreadBefore } from "./order.ts";
import { wakeRelays } from "./policies.ts";
import { changeState, deleteState, insertState, unblockedOf } from "./states.ts";
import type { Event, Tables } from "./tables.ts";
import { type EventView, statusOf, viewEvent } from "./views.ts";

/** retry_events(): back to pending, due at once, with a fresh budget of attempts. */
export function retryEvents(tables: Tables, eventIds: readonly string[], allowDuplicates: boolean): DecisionResult[] {
	return decideAll(tables, eventIds, (event) => retryRefused(tables, event, allowDuplicates), retry);
}

/** cancel_events(): will not be sent (again). */
export function cancelEvents(tables: Tables, eventIds: readonly string[], reason: string | null): DecisionResult[] {
	return decideAll(
		tables,
		eventIds,
		(event) => cancelRefused(statusOf(tables, event)),
		(_, event, attempts) => cancel(tables, event, attempts, reason),
	);
}

/** resolve_event(): a person found out what became of an uncertain event. */
export function resolveEvent(
	tables: Tables,
	eventId: string,
	delivered: boolean,
	reason: string | null,
): DecisionResult[] {
	const event = tables.events.get(eventId);
	if (event === undefined) return [{ event_id: eventId, done: false, was: null, refused: "no_such_event" }];
	const was = statusOf(tables, event);
	const { state } = event;
	if (state === null || !(was === "uncertain" || (was === "dead" && delivered)))
		return [{ event_id: eventId, done: false, was, refused: "not_uncertain" }];
	changeState(tables, state, {
		status: delivered ? "delivered" : "pending",
		changedAt: tables.now,
		nextAttemptAt: tables.now,
		excused: state.attempts,
		reason: delivered && reason !== null ? `resolved as delivered: ${reason}` : null,
		blocked: delivered ? false : state.blocked,
	});
	if (delivered) releaseNext(tables, [event.orderingKey]);
	wakeRelays(tables);
	return [{ event_id: eventId, done: true, was, refused: null }];
}

type Effect = (tables: Tables, event: Event, attempts: number) => void;

/** All of them are judged as they were before the first; what is done happens in the order of their insertion. */
function decideAll(
	tables: Tables,
	eventIds: readonly string[],
	refusalOf: (event: Event) => RefusalCode | null,
	effect: Effect,
): DecisionResult[] {
	const judged = eventIds.map((id) => {
		const event = tables.events.get(id);
		if (event === undefined) return { id, event, was: null, refused: "no_such_event" as const, attempts: 0 };
		const { status, attempts } = viewEvent(tables, event);
		return { id, event, was: status, refused: refusalOf(event), attempts };
	});
	judged.sort((a, b) => (a.event?.seq ?? Number.POSITIVE_INFINITY) - (b.event?.seq ?? Number.POSITIVE_INFINITY));
	for (const { event, refused, attempts } of judged)
		if (event !== undefined && refused === null) effect(tables, event, attempts);
	wakeRelays(tables);
	return judged.map(({ id, was, refused }) => ({ event_id: id, done: refused === null, was, refused }));
}

function retryRefused(tables: Tables, event: Event, allowDuplicates: boolean): RefusalCode | null {
	const status = statusOf(tables, event);
	if (status === "sending") return "being_sent";
	if (status === "pending") return event.orderingKey !== null && event.state === null ? "goes_in_its_order" : null;
	if (allowDuplicates) return null;
	if (status === "delivered") return "already_delivered";
	if (status === "uncertain") return "may_be_delivered";
	return status === "cancelled" && event.state?.duplicateOf ? "is_duplicate" : null;
}

function cancelRefused(status: EventView["status"]): RefusalCode | null {
	if (status === "sending") return "being_sent";
	if (status === "delivered") return "already_delivered";
	return status === "cancelled" ? "already_cancelled" : null;
}

function retry(tables: Tables, event: Event, attempts: number): void {
	const { state, orderingKey } = event;
	if (attempts === 0 && isUnread(tables, event)) {
		if (state !== null) deleteState(tables, state);
		return;
	}
	const other = orderingKey === null ? undefined : unblockedOf(tables, orderingKey);
	const isAfterUnread = orderingKey !== null && unreadBefore(tables, orderingKey, event.seq);
	const blocked = (other !== undefined && other !== state) || isAfterUnread;
	const nextAttemptAt = tables.now;
	if (state === null) {
		insertState(tables, event, { nextAttemptAt, attempts, excused: attempts, status: "pending", blocked });
		return;
	}
	changeState(tables, state, {
		status: "pending",
		leaseId: null,
		changedAt: tables.now,
		nextAttemptAt,
		excused: state.attempts,
		reason: null,
		duplicateOf: null,
		blocked: state.status === "pending" || state.status === "uncertain" ? state.blocked : blocked,
	});
}

/** The view unread: events of an installation that was not adopted are, as long as there is no trace of them. */
function isUnread({ installation }: Tables, { epoch, isRead, attempts, claims }: Event): boolean {
	if (epoch === installation.epoch) return !isRead;
	return !installation.epochs.includes(epoch) && attempts.length === 0 && claims === 0;
}

function cancel(tables: Tables, event: Event, attempts: number, why: string | null): void {
	const reason = why === null ? "cancelled" : `cancelled: ${why}`;
	const { state, orderingKey } = event;
	if (state === null) insertState(tables, event, { nextAttemptAt: tables.now, attempts, status: "cancelled", reason });
	else changeState(tables, state, { status: "cancelled", blocked: false, reason, changedAt: tables.now });
	releaseNext(tables, [orderingKey]);
}
