import type { RetryPolicy } from "../event/backoff.ts";
import { type Decision, decide } from "../event/decide.ts";
import type { Ambiguous } from "../event/outcome.ts";
import type { ExpiredEvent } from "../store/expire.ts";
import type { RelayStore } from "../store/relay-store.ts";
import type { Settlement } from "../store/settle.ts";
import type { Clock } from "../timing/clock.ts";

/** Leases looked at in one go. */
const LEASES_AT_ONCE = 100;

/** What an expired lease is taken for. */
const LEASE_EXPIRED: Ambiguous = {
	class: "ambiguous",
	isWhole: false,
	httpStatus: null,
	errorCode: "lease_expired",
	errorMessage: "its lease expired: the relay that held this event may or may not have sent it",
	responseBody: null,
	retryAfterMs: null,
};

export interface ExpiryReport {
	readonly events: number;
	/** Milliseconds until the first of them is due again; Infinity: none will be retried. */
	readonly soonestRetryMs: number;
}

/** Everything is looked at again this often; in between only what expired since it was last complete. */
const EVERYTHING_MS = 60_000;
/** Looked back further than the last time, for claims that were committed a little after their lease was stamped. */
const OVERLAP_MS = 10_000;

/**
 * Records what silent relays left behind: each event under an expired lease had an ambiguous attempt, and goes by its
 * trigger's policy. Several relays may do it at once; the lease decides.
 */
export class Reaper {
	readonly #parts: { readonly store: RelayStore; readonly clock: Clock; readonly random: () => number };
	readonly #policy: RetryPolicy;
	#completeAt = Number.NEGATIVE_INFINITY;
	#fullAt = Number.NEGATIVE_INFINITY;

	constructor(parts: { store: RelayStore; clock: Clock; random: () => number }, policy: RetryPolicy) {
		this.#parts = parts;
		this.#policy = policy;
	}

	/** Everything is to be looked at. */
	get isDue(): boolean {
		return this.#parts.clock.now() - this.#fullAt >= EVERYTHING_MS;
	}

	async reap(): Promise<ExpiryReport> {
		const startedAt = this.#parts.clock.now();
		const full = startedAt - this.#fullAt >= EVERYTHING_MS;
		const backMs = full ? null : startedAt - this.#completeAt + OVERLAP_MS;
		const expired = await this.#parts.store.expiredEvents(LEASES_AT_ONCE, backMs);
		const report = await this.#settle(expired);
		const leases = new Set(expired.map((event) => event.leaseId));
		if (leases.size < LEASES_AT_ONCE) {
			this.#completeAt = startedAt;
			if (full) this.#fullAt = startedAt;
		}
		return report;
	}

	async #settle(expired: readonly ExpiredEvent[]): Promise<ExpiryReport> {
		let soonestRetryMs = Number.POSITIVE_INFINITY;
		if (expired.length === 0) return { events: 0, soonestRetryMs };
		const settlements = expired.map((event): Settlement => {
			const decision = countedFromClaim(
				decide(event, LEASE_EXPIRED, this.#policy, this.#parts.random(), "unknown"),
				event,
			);
			if (decision.next === "pending") soonestRetryMs = Math.min(soonestRetryMs, decision.delayMs);
			return { event, relayNo: event.relayNo, outcome: LEASE_EXPIRED, decision, ageMs: event.ageMs, durationMs: null };
		});
		await this.#parts.store.settleFailed(settlements, [...new Set(expired.map((event) => event.leaseId))]);
		return { events: expired.length, soonestRetryMs };
	}
}

/** The attempt was made, if it was, when the event had been claimed: part of its backoff is over. */
function countedFromClaim(decision: Decision, { ageMs }: ExpiredEvent): Decision {
	if (decision.next !== "pending") return decision;
	return { ...decision, delayMs: Math.max(0, decision.delayMs - ageMs) };
}
