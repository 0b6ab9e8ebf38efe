import { isOpen } from "../database/leases.ts";
import type { Event, Tables } from "../database/tables.ts";
import { viewAttempts, viewEvent } from "../database/views.ts";
import type { State } from "./side.ts";

/** The model as the tables and views of the real database would show it. */
export function modelState(tables: Tables): State {
	const events = [...tables.events.values()];
	const states = events.map(({ state }) => state).filter((state) => state !== null);
	return {
		events: Object.fromEntries(events.map((event) => [event.id, eventRow(tables, event)])),
		attempts: attemptRows(tables),
		states: Object.fromEntries(states.map(({ event, ...state }) => [event.id, { ...state, bytes: event.bytes }])),
		claims: claimRows(tables),
		triggers: Object.fromEntries([...tables.triggers].map(([id, { triggerId: _, ...trigger }]) => [id, trigger])),
		waiting: Object.fromEntries([...tables.waiting].map(([id, waiting]) => [id, { ...waiting }])),
		...relayRows(tables),
		depth: depthRows(tables, events),
		unread: unreadOf(tables, events)
			.map(({ id }) => id)
			.sort(),
	};
}

function eventRow(tables: Tables, event: Event) {
	const { id: _, ...row } = viewEvent(tables, event);
	return row;
}

function attemptRows(tables: Tables): State["attempts"] {
	return Object.fromEntries(
		viewAttempts(tables).map(({ eventId, attempt, outcome, errorCode, startedAt, durationMs, relayNo }) => [
			[eventId, attempt, outcome, ...(errorCode === null ? [] : [errorCode])].join(" "),
			{ startedAt, durationMs, relay: tables.relays.get(relayNo)?.name ?? null },
		]),
	);
}

function claimRows({ claims }: Tables): State["claims"] {
	return Object.fromEntries(
		[...claims.values()].map(({ leaseId, events, ...lease }) => [
			leaseId,
			{ ...lease, events: events.map(({ event, attempt }) => `${event.id} ${attempt}`).sort() },
		]),
	);
}

function relayRows({ relays, proofs }: Tables): Pick<State, "relays" | "proofs"> {
	return {
		relays: Object.fromEntries(
			[...relays.values()].map(({ relayNo, stoppedAt, sessionId, serverStartedAt: _, name: _name, ...relay }) => [
				relayNo,
				{ ...relay, isStopped: stoppedAt !== null, hasSession: sessionId !== null },
			]),
		),
		proofs: Object.fromEntries(
			[...proofs].map(([id, { vouchedFor, ...proof }]) => [id, { ...proof, hasVouched: vouchedFor !== null }]),
		),
	};
}

function unreadOf({ installation }: Tables, events: readonly Event[]): Event[] {
	const unread = events.filter(({ epoch, isRead }) => epoch === installation.epoch && !isRead);
	// What relays told of a database that lost it may be ahead of the head.
	if (installation.doubt === null) return unread;
	return unread.filter(({ attempts }) => !attempts.some(({ outcome }) => outcome === "accepted"));
}

/** The view `depth`, its rows of one status added up. */
function depthRows(tables: Tables, events: readonly Event[]): State["depth"] {
	const unread = unreadOf(tables, events).filter(({ state }) => state === null);
	const dueAt = unread.map(({ deliverAfter, createdAt }) => ({ status: "pending", dueAt: deliverAfter ?? createdAt }));
	const waiting = events
		.flatMap(({ state }) => (state === null || state.status === "sending" ? [] : [state]))
		.map(({ status, nextAttemptAt }) => ({
			status: status as string,
			dueAt: status === "pending" ? nextAttemptAt : null,
		}));
	const sending = [...tables.claims.values()].flatMap((lease) => lease.events.filter(isOpen));
	const all = [...dueAt, ...waiting, ...sending.map(() => ({ status: "sending", dueAt: null }))];
	return Object.fromEntries(
		[...Map.groupBy(all, ({ status }) => status)].map(([status, rows]) => [
			status,
			{ events: rows.length, oldestDueAt: rows.reduce((first: number | null, row) => earlier(first, row.dueAt), null) },
		]),
	);
}

function earlier(a: number | null, b: number | null): number | null {
	if (a === null || b === null) return a ?? b;
	return Math.min(a, b);
}
