import { doubledWithJitterMs } from "../event/backoff.ts";
import type { Outcome } from "../event/outcome.ts";

/**
 * Different events that failed in a row, over all triggers, after which Reward counts as down. One poison event does
 * not.
 */
const OPEN_AFTER = 10;
const FIRST_PROBE_MS = 500;
const LAST_PROBE_MS = 30_000;
/** A trigger not seen for this long is not counted as a neighbour. */
const NEIGHBOUR_MS = 60_000;

/**
 * Keeps a relay from storming a Reward that is down: after a run of failures it stops, lets one request through as a
 * probe, and when that succeeds ramps up by doubling. A pure state machine: time and jitter come in as arguments.
 */
export class Breaker {
	readonly #most: number;
	readonly #seen = new Map<string, number>();
	readonly #failing = new Set<string>();
	readonly #failedEvents = new Set<string>();
	#probes = 0;
	#probeAt: number | undefined;
	#openedAt: number | undefined;
	#limit: number;

	/** @param most requests in flight while all is well */
	constructor(most: number) {
		this.#most = most;
		this.#limit = most;
	}

	/** Requests that may be in flight now. */
	allowed(now: number, inFlight: number): number {
		if (this.#probeAt === undefined) return this.#limit;
		return now >= this.#probeAt && inFlight === 0 ? 1 : 0;
	}

	/** When to ask again while nothing is allowed; undefined: no such time. */
	get probeAt(): number | undefined {
		return this.#probeAt;
	}

	get open(): boolean {
		return this.#probeAt !== undefined;
	}

	/** Since when; undefined: it is not open. */
	get openedAt(): number | undefined {
		return this.#openedAt;
	}

	/** @param random jitter, in [0, 1) */
	record(now: number, startedAt: number, triggerId: string, eventId: string, outcome: Outcome, random: number): void {
		this.#seen.set(triggerId, now);
		if (outcome.class === "accepted" || outcome.class === "refused") this.#succeeded();
		// Requests that were under way when it opened fail late: they say nothing new.
		else if (this.#probeAt === undefined || startedAt >= this.#probeAt)
			this.#failed(now, triggerId, eventId, outcome.class === "not_sent", random);
	}

	#succeeded(): void {
		this.#failedEvents.clear();
		this.#probes = 0;
		this.#failing.clear();
		if (this.#probeAt !== undefined) {
			this.#probeAt = undefined;
			this.#openedAt = undefined;
			this.#limit = 1;
		}
		// One more for each success doubles it every round trip.
		if (this.#limit < this.#most) this.#limit++;
	}

	#failed(now: number, triggerId: string, eventId: string, unreachable: boolean, random: number): void {
		if (this.#failedEvents.size < OPEN_AFTER) this.#failedEvents.add(eventId);
		this.#failing.add(triggerId);
		if (
			this.#probeAt === undefined &&
			(this.#failedEvents.size < this.#enough || !(unreachable || this.#everybodyFails(now)))
		)
			return;
		this.#openedAt ??= now;
		this.#probeAt = now + doubledWithJitterMs(FIRST_PROBE_MS, this.#probes++, LAST_PROBE_MS, random);
		this.#limit = 1;
	}

	/**
	 * Fewer while it ramps up, so that a Reward which is still down is not pressed; but one poison event does not stop
	 * the ramp.
	 */
	get #enough(): number {
		return this.#limit < this.#most ? Math.min(OPEN_AFTER, Math.max(1, this.#limit >> 1)) : OPEN_AFTER;
	}

	/** One noisy trigger among good ones is not an outage; a trigger that is alone is all there is to judge by. */
	#everybodyFails(now: number): boolean {
		for (const [triggerId, at] of this.#seen) {
			if (now - at > NEIGHBOUR_MS) this.#seen.delete(triggerId);
		}
		return this.#failing.size > 1 || this.#seen.size <= 1;
	}
}
