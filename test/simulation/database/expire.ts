import type { ExpiredEvent } from "../../../src/store/expire.ts";
import { closeLease, isOpen } from "./leases.ts";
import { policyChanged } from "./quota.ts";
import { changeState } from "./states.ts";
import type { EventState, Lease, Tables } from "./tables.ts";

/** expired_leases(): what silent relays left behind; leases of which nothing is left are removed. */
export function expiredEvents(tables: Tables, limit: number, backMs: number | null = null): ExpiredEvent[] {
	if (backMs === null) mendWaiting(tables);
	const since = backMs === null ? Number.NEGATIVE_INFINITY : tables.now - backMs;
	const expired = [...tables.claims.values()]
		.filter(({ expiresAt }) => expiresAt > since && expiresAt < tables.now)
		.sort((a, b) => a.expiresAt - b.expiresAt);
	const finished = expired.filter(({ events }) => !events.some(isOpen)).slice(0, limit);
	for (const lease of finished) closeLease(tables, lease);
	const left = expired.filter((lease) => !finished.includes(lease)).slice(0, limit);
	return left.flatMap((lease) => unsettled(tables, lease));
}

function unsettled(tables: Tables, lease: Lease): ExpiredEvent[] {
	const open = lease.events.filter(isOpen).sort((a, b) => a.event.seq - b.event.seq);
	return open.map(({ event, attempt }) => {
		const trigger = tables.triggers.get(event.triggerId);
		return {
			leaseId: lease.leaseId,
			relayNo: lease.relayNo,
			eventId: event.id,
			attempt,
			excused: event.state?.excused ?? 0,
			atMostOnce: trigger?.mode === "at_most_once",
			maxAttempts: trigger?.maxAttempts ?? null,
			ordered: event.orderingKey !== null,
			ageMs: tables.now - lease.claimedAt,
		};
	});
}

/** mend_waiting(). */
function mendWaiting(tables: Tables): void {
	for (const [triggerId, { due }] of tables.queues) {
		const first = due[0];
		if (first !== undefined && !tables.waiting.has(triggerId))
			tables.waiting.set(triggerId, { lookAt: first.nextAttemptAt, atLimit: false });
	}
}

/** tidy(): notices when the clock was set back. */
export function tidy(tables: Tables): void {
	const { now, clockSeenAt } = tables;
	if (clockSeenAt > now + 5_000) clockWentBack(tables, clockSeenAt);
	if (clockSeenAt < now - 2_000 || clockSeenAt > now) tables.clockSeenAt = now;
}

/** clock_went_back(): nothing waits for the clock to catch up. */
function clockWentBack(tables: Tables, from: number): void {
	const { now } = tables;
	const gap = from - now;
	for (const lease of tables.claims.values()) {
		if (lease.claimedAt <= now) continue;
		lease.claimedAt -= gap;
		lease.expiresAt -= gap;
	}
	for (const { due } of tables.queues.values()) for (const state of [...due]) catchUp(tables, state, from);
	for (const states of tables.ordered.values())
		for (const state of [...states]) if (state.blocked) catchUp(tables, state, from);
	for (const trigger of tables.triggers.values()) {
		const hasLaterProbe = trigger.probeAt !== null && trigger.probeAt > now;
		const wasRefilledLater = trigger.refilledAt !== null && trigger.refilledAt > now;
		if (hasLaterProbe) trigger.probeAt = (trigger.probeAt as number) - gap;
		if (wasRefilledLater) trigger.refilledAt = now;
		if (hasLaterProbe || wasRefilledLater) policyChanged(tables, trigger.triggerId);
	}
	for (const waiting of tables.waiting.values())
		if (waiting.lookAt > now && waiting.lookAt !== Number.POSITIVE_INFINITY) waiting.lookAt = now;
}

function catchUp(tables: Tables, state: EventState, from: number): void {
	const { now } = tables;
	if (state.status !== "pending" || state.nextAttemptAt <= now) return;
	if (state.nextAttemptAt <= from) changeState(tables, state, { nextAttemptAt: now });
	else if (state.attempts > 0) changeState(tables, state, { nextAttemptAt: state.nextAttemptAt - (from - now) });
}
