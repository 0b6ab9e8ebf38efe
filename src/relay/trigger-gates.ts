import type { Outcome } from "../event/outcome.ts";

/** Different events that failed in a row after which a trigger is let through one event at a time. One poison event does not count twice. */
const TROUBLED_AFTER = 5;
const FIRST_PROBE_MS = 500;
const LAST_PROBE_MS = 30_000;
/** A trigger that holds half of the slots and has not answered for this long is stalled. */
const STALLED_MS = 500;
/** Most triggers remembered; beyond it those without requests in flight are forgotten. */
const MOST_GATES = 10_000;

interface Gate {
	/** Start times of requests in flight, oldest first, by event. */
	readonly inFlight: Map<string, number>;
	/** Events that failed since the last success. */
	readonly failed: Set<string>;
	/** Failed probes and refusals for pacing since the last success: they double the wait. */
	waits: number;
	/** Nothing before this time. */
	openAt: number;
}

/** Which triggers a claim must leave out, or may take one event of. */
export interface Restrictions {
	readonly heldBack: string[];
	readonly probing: string[];
	/** When the earliest of them may be tried again; undefined: none is restricted by time. */
	readonly until: number | undefined;
}

/**
 * Bulkheads: what one trigger does (fails, is told to slow down, hangs) must not cost the others their latency. Its
 * events are left in the database, where they cost nothing.
 */
export class TriggerGates {
	readonly #gates = new Map<string, Gate>();
	readonly #slots: number;

	constructor(slots: number) {
		this.#slots = slots;
	}

	started(now: number, triggerId: string, eventId: string): void {
		this.#gate(triggerId).inFlight.set(eventId, now);
	}

	/** @param random jitter, in [0, 1) */
	finished(now: number, triggerId: string, eventId: string, outcome: Outcome, random: number): void {
		const gate = this.#gate(triggerId);
		const startedAt = gate.inFlight.get(eventId) ?? now;
		gate.inFlight.delete(eventId);
		if (outcome.class === "refused" && outcome.fault === "pacing") {
			gate.openAt = Math.max(gate.openAt, now + (outcome.retryAfterMs ?? nextWait(gate, startedAt, random)));
		} else if (outcome.class === "accepted" || outcome.class === "refused") {
			gate.failed.clear();
			gate.waits = 0;
		} else {
			if (gate.failed.size < TROUBLED_AFTER) gate.failed.add(eventId);
			if (gate.failed.size >= TROUBLED_AFTER)
				gate.openAt = Math.max(
					gate.openAt,
					now + Math.max(nextWait(gate, startedAt, random), retryAfter(outcome) ?? 0),
				);
		}
		if (gate.inFlight.size === 0 && gate.failed.size === 0 && gate.openAt <= now) this.#gates.delete(triggerId);
	}

	restrictions(now: number, { ignoreTrouble = false } = {}): Restrictions {
		const heldBack: string[] = [];
		const probing: string[] = [];
		let until: number | undefined;
		for (const [triggerId, gate] of this.#gates) {
			const troubled = gate.failed.size >= TROUBLED_AFTER;
			if (troubled && ignoreTrouble) continue;
			if (gate.openAt > now) {
				heldBack.push(triggerId);
				until = Math.min(until ?? Number.POSITIVE_INFINITY, gate.openAt);
			} else if (troubled && gate.inFlight.size === 0) probing.push(triggerId);
			else if (troubled || this.#isStalled(now, gate)) heldBack.push(triggerId);
		}
		return { heldBack, probing, until };
	}

	/** Whether a claimed event should be given back instead of sent: its trigger has come into trouble since. */
	mustWait(now: number, triggerId: string, { ignoreTrouble = false } = {}): boolean {
		const gate = this.#gates.get(triggerId);
		if (gate === undefined || (ignoreTrouble && gate.failed.size >= TROUBLED_AFTER)) return false;
		return gate.openAt > now || (gate.failed.size >= TROUBLED_AFTER && gate.inFlight.size > 0);
	}

	/** Requests that hang in stalled triggers. They do not count as taken slots, or the others would wait for their time-out. */
	stalled(now: number): number {
		let count = 0;
		for (const gate of this.#gates.values()) {
			if (this.#isStalled(now, gate)) count += gate.inFlight.size;
		}
		return Math.min(count, this.#slots);
	}

	/** When the next trigger will count as stalled if nothing answers before; undefined: none holds so many slots. */
	nextStallAt(now: number): number | undefined {
		let next: number | undefined;
		for (const gate of this.#gates.values()) {
			const oldest = gate.inFlight.values().next().value;
			if (oldest === undefined || gate.inFlight.size < this.#slots / 2 || this.#isStalled(now, gate)) continue;
			next = Math.min(next ?? Number.POSITIVE_INFINITY, oldest + STALLED_MS);
		}
		return next;
	}

	#isStalled(now: number, gate: Gate): boolean {
		if (gate.inFlight.size < this.#slots / 2) return false;
		const oldest = gate.inFlight.values().next().value;
		return oldest !== undefined && now - oldest >= STALLED_MS;
	}

	#gate(triggerId: string): Gate {
		let gate = this.#gates.get(triggerId);
		if (gate === undefined) {
			if (this.#gates.size >= MOST_GATES) this.#forgetIdle();
			gate = { inFlight: new Map(), failed: new Set(), waits: 0, openAt: Number.NEGATIVE_INFINITY };
			this.#gates.set(triggerId, gate);
		}
		return gate;
	}

	#forgetIdle(): void {
		for (const [triggerId, gate] of this.#gates) {
			if (gate.inFlight.size === 0) this.#gates.delete(triggerId);
		}
	}
}

/** Doubles with every round, not with every answer: what was under way when the gate closed fails late and adds nothing. */
function nextWait(gate: Gate, startedAt: number, random: number): number {
	if (gate.openAt > startedAt) return 0;
	return Math.min(LAST_PROBE_MS, FIRST_PROBE_MS * 2 ** Math.min(gate.waits++, 16)) * (0.5 + random / 2);
}

function retryAfter(outcome: Outcome): number | null {
	return outcome.class === "ambiguous" ? outcome.retryAfterMs : null;
}
