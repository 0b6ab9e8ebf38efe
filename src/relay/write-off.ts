import type { RetryPolicy } from "../event/backoff.ts";
import { decide } from "../event/decide.ts";
import type { Ambiguous } from "../event/outcome.ts";
import type { RelayStore } from "../store/relay-store.ts";
import type { Settlement } from "../store/settle.ts";

/** Leases looked at in one go. */
const LEASES_PER_SWEEP = 100;

/** What an expired lease is taken for. */
const LEASE_EXPIRED: Ambiguous = {
	class: "ambiguous",
	httpStatus: null,
	errorCode: "lease_expired",
	errorMessage: "the relay that held this event went silent; it may or may not have been sent",
	responseBody: null,
	retryAfterMs: null,
};

export interface ExpiryReport {
	readonly events: number;
	/** Milliseconds until the first of them is due again; Infinity: none will be retried. */
	readonly soonestRetryMs: number;
}

/**
 * Writes off what silent relays left behind: each event under an expired lease had an ambiguous attempt, and goes by its
 * trigger's policy. Several relays may do it at once; the lease decides.
 */
export async function writeOffExpired(
	parts: { store: RelayStore; random: () => number },
	policy: RetryPolicy,
): Promise<ExpiryReport> {
	const expired = await parts.store.expiredEvents(LEASES_PER_SWEEP);
	if (expired.length === 0) return { events: 0, soonestRetryMs: Number.POSITIVE_INFINITY };
	let soonestRetryMs = Number.POSITIVE_INFINITY;
	const settlements = expired.map((event): Settlement => {
		const decision = decide(event, LEASE_EXPIRED, policy, parts.random(), "unknown");
		if (decision.next === "pending") soonestRetryMs = Math.min(soonestRetryMs, decision.delayMs);
		return { event, relayNo: event.relayNo, outcome: LEASE_EXPIRED, decision, ageMs: event.ageMs, durationMs: null };
	});
	await parts.store.settleFailed(settlements, [...new Set(expired.map((event) => event.leaseId))]);
	return { events: expired.length, soonestRetryMs };
}
