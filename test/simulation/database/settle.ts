import type { Settlement } from "../../../src/store/settle.ts";
import { endLeases, holds, logAttempt } from "./leases.ts";
import { releaseNext } from "./order.ts";
import { resume } from "./policies.ts";
import { madeRoom, setProbeAt } from "./quota.ts";
import { changeState, deleteState, insertState } from "./states.ts";
import type { Event, Tables } from "./tables.ts";

/** settle_accepted(): recorded however late it comes, if it was made under the lease that it names. */
export function settleAccepted(
	tables: Tables,
	relayNo: number,
	batch: readonly Settlement[],
	done: readonly string[],
): void {
	const settled = batch
		.map((settlement) => acceptedEvent(tables, relayNo, settlement))
		.filter((event) => event !== null);
	const states = settled.map((event) => event.state).filter((state) => state !== null);
	for (const state of states) {
		deleteState(tables, state);
		keepUnread(tables, state.event);
	}
	releaseNext(
		tables,
		states.map(({ event }) => event.orderingKey),
	);
	const recovered = new Set(states.map(({ event }) => event.triggerId));
	madeRoom(tables, recovered);
	for (const triggerId of recovered) {
		const trigger = tables.triggers.get(triggerId);
		if (trigger !== undefined && trigger.probeAt !== null) resume(tables, trigger);
	}
	endLeases(tables, done);
}

/** keep_unread(): one that was accepted before it was read is not to be sent again by the claim that reads it. */
export function keepUnread(tables: Tables, event: Event): void {
	if (event.isRead || event.epoch !== tables.installation.epoch) return;
	const attempts = event.attempts.reduce((most, { attempt }) => Math.max(most, attempt), 0);
	insertState(tables, event, { nextAttemptAt: tables.now, status: "delivered", attempts });
}

/** The event that thereby is delivered; null: it was before, or the attempt is not known. */
function acceptedEvent(tables: Tables, relayNo: number, settlement: Settlement): Event | null {
	const { leaseId, eventId, attempt } = settlement.event;
	const event = tables.events.get(eventId);
	if (event === undefined) return null;
	const failedUnderIt = event.attempts.some((other) => other.attempt === attempt && other.leaseId === leaseId);
	if (!failedUnderIt && !holds(tables, leaseId, eventId, attempt)) return null;
	const { httpStatus, responseBody } = settlement.outcome;
	const isNew = logAttempt(event, {
		attempt,
		startedAt: tables.now - Math.round(settlement.ageMs),
		durationMs: rounded(settlement.durationMs),
		relayNo,
		httpStatus,
		outcome: "accepted",
		errorCode: null,
		errorMessage: null,
		responseBody: responseBody === "" ? null : responseBody,
		leaseId: null,
	});
	return isNew ? event : null;
}

/**
 * settle_failed(): changes an event's state only while its lease exists and nothing else is on record of the attempt.
 */
export function settleFailed(tables: Tables, batch: readonly Settlement[], done: readonly string[]): void {
	const results = batch.map((settlement) => resultOf(tables, settlement)).filter((result) => result !== null);
	for (const result of results) log(tables, result);
	const fresh = results.filter(({ isHeld, isKnown }) => isHeld && !isKnown);
	for (const result of fresh) if (tables.claims.get(result.leaseId)?.fromHead) begin(tables, result);
	const continued = fresh.filter((result) => proceed(tables, result));
	const answered = new Set(continued.map(({ event }) => event.triggerId));
	for (const triggerId of answered) probeFailed(tables, triggerId);
	const dead = continued.filter(({ settlement }) => settlement.decision.next === "dead");
	releaseNext(
		tables,
		dead.map(({ event }) => event.orderingKey),
	);
	madeRoom(tables, answered);
	endLeases(tables, done);
}

interface Result {
	readonly settlement: Settlement;
	readonly event: Event;
	readonly leaseId: string;
	/** The lease has not been reaped, nor the event given back. */
	readonly isHeld: boolean;
	readonly isKnown: boolean;
	readonly isAccepted: boolean;
	readonly isUnderThisLease: boolean;
}

function resultOf(tables: Tables, settlement: Settlement): Result | null {
	const { leaseId, eventId, attempt } = settlement.event;
	const event = tables.events.get(eventId);
	if (event === undefined) return null;
	const known = event.attempts.filter((other) => other.attempt === attempt);
	return {
		settlement,
		event,
		leaseId,
		isHeld: holds(tables, leaseId, eventId, attempt),
		isKnown: known.length > 0,
		isAccepted: known.some(({ outcome }) => outcome === "accepted"),
		isUnderThisLease: known.some((other) => other.leaseId === leaseId),
	};
}

/** What was reaped may still turn out otherwise, by a word of the relay that made the attempt. */
function log(tables: Tables, { settlement, event, leaseId, isHeld, isAccepted, isUnderThisLease }: Result): void {
	const { outcome, durationMs, relayNo, ageMs } = settlement;
	if (isAccepted || !(isHeld || (durationMs !== null && isUnderThisLease))) return;
	logAttempt(event, {
		attempt: settlement.event.attempt,
		startedAt: tables.now - Math.round(ageMs),
		durationMs: rounded(durationMs),
		relayNo,
		httpStatus: outcome.httpStatus,
		outcome: outcome.class,
		errorCode: outcome.errorCode,
		errorMessage: outcome.errorMessage,
		responseBody: outcome.responseBody,
		leaseId,
	});
}

/** A first attempt: until now nothing but the outbox and the claim knew the event. */
function begin(tables: Tables, result: Result): void {
	const { settlement, event } = result;
	insertState(tables, event, {
		...followingState(tables, result),
		attempts: settlement.event.attempt,
		excused: excusedBy(settlement),
	});
}

/** False: the event is not under this lease any more. */
function proceed(tables: Tables, result: Result): boolean {
	const { state } = result.event;
	if (state === null || state.leaseId !== result.leaseId) return false;
	const excused = state.excused + excusedBy(result.settlement);
	changeState(tables, state, { ...followingState(tables, result), leaseId: null, changedAt: tables.now, excused });
	return true;
}

function followingState(tables: Tables, { settlement, event }: Result) {
	const { decision, outcome } = settlement;
	const delayMs = decision.next === "pending" ? decision.delayMs : 0;
	const evidenceMs = outcome.class === "ambiguous" ? (tables.triggers.get(event.triggerId)?.evidenceWaitMs ?? 0) : 0;
	return {
		status: decision.next as Exclude<typeof decision.next, "delivered">,
		nextAttemptAt: tables.now + Math.max(delayMs, evidenceMs),
		reason: decision.next === "pending" ? null : reasonOf(outcome),
	};
}

function excusedBy({ decision }: Settlement): number {
	return decision.next === "pending" && decision.excused ? 1 : 0;
}

function reasonOf({ errorCode, errorMessage }: Settlement["outcome"]): string | null {
	if (errorCode === null) return null;
	return errorMessage === null ? errorCode : `${errorCode}: ${errorMessage}`;
}

const QUARTER_HOUR_MS = 900_000;

/** A failed probe of a paused trigger: the next one in twice the time. */
function probeFailed(tables: Tables, triggerId: string): void {
	const trigger = tables.triggers.get(triggerId);
	if (trigger === undefined || trigger.probeAt === null) return;
	trigger.probes++;
	const most = Math.max(QUARTER_HOUR_MS, 24 * trigger.probeEveryMs);
	setProbeAt(tables, trigger, tables.now + Math.min(most, trigger.probeEveryMs * 2 ** Math.min(trigger.probes, 9)));
}

function rounded(ms: number | null): number | null {
	return ms === null ? null : Math.round(ms);
}
