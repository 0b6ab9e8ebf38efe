import type { ClaimedEvent, ClaimRequest } from "../../../src/store/claim.ts";
import type { Attempt, Event, Lease, Tables } from "./tables.ts";

/** claim_bytes(). */
export const CLAIM_BYTES = 65_536;

type Leased = Lease["events"][number];

/** The record of intent. */
export function openLease(tables: Tables, request: ClaimRequest, fromHead: boolean, events: Leased[]): void {
	for (const { event } of events) event.claims++;
	const leaseId = fromHead ? request.headLease : request.dueLease;
	tables.claims.set(leaseId, {
		leaseId,
		relayNo: request.relayNo,
		claimedAt: tables.now,
		expiresAt: tables.now + request.leaseMs,
		fromHead,
		events,
	});
}

/** What is given back is taken out of its claim. */
export function takeOut(tables: Tables, lease: Lease, returned: ReadonlySet<Event>): void {
	for (const event of returned) event.claims--;
	lease.events = lease.events.filter(({ event }) => !returned.has(event));
	if (!lease.events.some(isOpen)) closeLease(tables, lease);
}

/** end_leases(): removes those of which every attempt is on record. */
export function endLeases(tables: Tables, leaseIds: readonly string[]): void {
	for (const leaseId of leaseIds) {
		const lease = tables.claims.get(leaseId);
		if (lease !== undefined && !lease.events.some(isOpen)) closeLease(tables, lease);
	}
}

export function closeLease(tables: Tables, lease: Lease): void {
	for (const { event } of lease.events) event.claims--;
	tables.claims.delete(lease.leaseId);
}

/** Nothing is on record of it yet. */
export function isOpen({ event, attempt }: Leased): boolean {
	return !event.attempts.some((logged) => logged.attempt === attempt);
}

/** Whether a lease names an attempt. */
export function holds(tables: Tables, leaseId: string, eventId: string, attempt: number): boolean {
	const lease = tables.claims.get(leaseId);
	return lease?.events.some((leased) => leased.event.id === eventId && leased.attempt === attempt) ?? false;
}

/** Puts an attempt on record. False: one with this outcome is. */
export function logAttempt(event: Event, attempt: Attempt): boolean {
	if (event.attempts.some((other) => other.attempt === attempt.attempt && other.outcome === attempt.outcome))
		return false;
	event.attempts.push(attempt);
	return true;
}

/** What a relay is told of an event, apart from its attempts. */
export function claimed(
	tables: Tables,
	event: Event,
	leaseId: string,
): Omit<ClaimedEvent, "attempt" | "excused" | "ordered" | "fromHead"> {
	const trigger = tables.triggers.get(event.triggerId);
	return {
		eventId: event.id,
		triggerId: event.triggerId,
		userId: event.userId,
		body: event.payload,
		atMostOnce: trigger?.mode === "at_most_once",
		maxAttempts: trigger?.maxAttempts ?? null,
		leaseId,
		ageMs: tables.now - Math.max(event.createdAt, event.deliverAfter ?? event.createdAt),
	};
}
