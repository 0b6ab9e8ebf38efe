import { doubledWithJitterMs } from "../event/backoff.ts";
import { type HoldingReport, MOST_NAMED, type TriggerHoldCode } from "../event/holding.ts";
import type { Outcome } from "../event/outcome.ts";
import { RecentMap } from "./recent-map.ts";

/**
 * Different events that failed in a row after which a trigger is let through one event at a time. One poison event does
 * not count twice.
 */
const TROUBLED_AFTER = 5;
const FIRST_PROBE_MS = 500;
const LAST_PROBE_MS = 30_000;
/** Triggers that have not answered for this long are stalled, if together they hold half of the slots. */
const STALLED_MS = 500;
/**
 * Most triggers remembered, and so restricted; beyond it those without requests in flight are forgotten, the oldest
 * first.
 */
const MOST_GATES = 1_000;
/** Most triggers of which it is remembered that they answer. */
const MOST_ANSWERING = 10_000;

interface Gate {
	/** Its last request was answered. */
	isAnswering: boolean;
	/** Start times of requests in flight, oldest first, by event. */
	readonly inFlight: Map<string, number>;
	/** Events that failed since the last success. */
	readonly failed: Set<string>;
	/** Failed probes and refusals for pacing since the last success: they double the wait. */
	waits: number;
	/** Nothing before this time. */
	openAt: number;
	/** Since when it has been held back, and why; undefined: its events are let through. */
	held: { readonly code: TriggerHoldCode; readonly since: number } | undefined;
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
	/** Those with requests in flight: never more than there are requests. */
	readonly #busy = new Set<Gate>();
	/** Triggers whose last request was answered. */
	readonly #answering = new RecentMap<string, true>(MOST_ANSWERING);
	readonly #slots: number;

	constructor(slots: number) {
		this.#slots = slots;
	}

	started(now: number, triggerId: string, eventId: string): void {
		const gate = this.#gate(triggerId);
		gate.inFlight.set(eventId, now);
		this.#busy.add(gate);
	}

	/** @param random jitter, in [0, 1) */
	finished(now: number, triggerId: string, eventId: string, outcome: Outcome, random: number): void {
		const gate = this.#gate(triggerId);
		const startedAt = gate.inFlight.get(eventId) ?? now;
		gate.inFlight.delete(eventId);
		if (gate.inFlight.size === 0) this.#busy.delete(gate);
		if (hasAnswered(outcome)) {
			if (!gate.isAnswering) this.#answering.set(triggerId, true);
			gate.isAnswering = true;
		} else {
			this.#answering.delete(triggerId);
			gate.isAnswering = false;
		}
		if (outcome.class === "refused" && outcome.fault === "pacing") {
			if (gate.openAt <= startedAt) gate.held = { code: "pacing", since: now };
			gate.openAt = Math.max(gate.openAt, now + (outcome.retryAfterMs ?? nextWait(gate, startedAt, random)));
		} else if (outcome.class === "accepted" || outcome.class === "refused") {
			gate.failed.clear();
			gate.waits = 0;
			if (gate.openAt <= now) gate.held = undefined;
		} else {
			if (gate.failed.size < TROUBLED_AFTER) {
				gate.failed.add(eventId);
				if (gate.failed.size === TROUBLED_AFTER) gate.held = { code: "failing", since: now };
			}
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
		const stalled = this.#stalledAt(now) <= now;
		for (const [triggerId, gate] of this.#gates) {
			const troubled = gate.failed.size >= TROUBLED_AFTER;
			if (troubled && ignoreTrouble) continue;
			if (gate.openAt > now) {
				heldBack.push(triggerId);
				until = Math.min(until ?? Number.POSITIVE_INFINITY, gate.openAt);
			} else if (troubled && gate.inFlight.size === 0) probing.push(triggerId);
			else if (troubled || (stalled && isSilent(now, gate))) heldBack.push(triggerId);
		}
		return { heldBack, probing, until };
	}

	/** Whether a claimed event should be given back instead of sent: its trigger has come into trouble since. */
	mustWait(now: number, triggerId: string, { ignoreTrouble = false } = {}): boolean {
		if (this.#isTooManyUnknown(now, triggerId)) {
			// Claims leave it out for a while: given back and claimed again at once, it would be in the way of everybody.
			const held = this.#gate(triggerId);
			if (held.openAt <= now) held.held = { code: "unproven", since: now };
			held.openAt = Math.max(held.openAt, now + STALLED_MS);
			return true;
		}
		const gate = this.#gates.get(triggerId);
		if (gate === undefined) return false;
		// What was claimed ahead of a trigger that hangs by now would take the very slots that are granted because it does.
		if (isSilent(now, gate) && this.#stalledAt(now) <= now) return true;
		if (ignoreTrouble && gate.failed.size >= TROUBLED_AFTER) return false;
		return gate.openAt > now || (gate.failed.size >= TROUBLED_AFTER && gate.inFlight.size > 0);
	}

	/** Which triggers are held back, and why, for people: the longest first. */
	holding(now: number, { ignoreTrouble = false } = {}): Pick<HoldingReport, "triggers" | "counts"> {
		const stalled = this.#stalledAt(now) <= now;
		const found = [...this.#gates].flatMap(([triggerId, gate]) => {
			const held = holdOf(now, gate, stalled);
			return held === undefined || (held.code === "failing" && ignoreTrouble) ? [] : [{ triggerId, gate, held }];
		});
		const counts: Partial<Record<TriggerHoldCode, number>> = {};
		for (const { held } of found) counts[held.code] = (counts[held.code] ?? 0) + 1;
		const named = found.sort((a, b) => a.held.since - b.held.since).slice(0, MOST_NAMED);
		const triggers = named.map(({ triggerId, gate: { openAt }, held: { code, since } }) => ({
			trigger_id: triggerId,
			code,
			since_ms: now - since,
			until_ms: openAt > now ? openAt - now : null,
		}));
		return { triggers, counts };
	}

	/**
	 * Requests that hang in stalled triggers. They do not count as taken slots, or the others would wait for their
	 * time-out.
	 */
	stalled(now: number): number {
		if (this.#stalledAt(now) > now) return 0;
		let count = 0;
		for (const gate of this.#busy) if (isSilent(now, gate)) count += gate.inFlight.size;
		return Math.min(count, this.#slots);
	}

	/**
	 * When triggers, or more of them, will count as stalled if nothing answers before; undefined: they hold too few
	 * slots.
	 */
	nextStallAt(now: number): number | undefined {
		const first = this.#stalledAt(now);
		if (first > now) return Number.isFinite(first) ? first : undefined;
		const later = [...this.#busy].map((gate) => silentAt(gate)).filter((at) => at > now);
		return later.length === 0 ? undefined : Math.min(...later);
	}

	/**
	 * While triggers hang, those that have never answered may hang as well. What hangs is granted as many slots again; of
	 * these and the first, all but half a share may be held by both kinds together, so that one trigger that took every
	 * slot at once does not keep new ones out. The rest is for the triggers that answer, however many others there are.
	 */
	#isTooManyUnknown(now: number, triggerId: string): boolean {
		if (this.#answering.get(triggerId) !== undefined || this.#stalledAt(now) > now) return false;
		let doubtful = 0;
		for (const gate of this.#busy) if (isSilent(now, gate) || !gate.isAnswering) doubtful += gate.inFlight.size;
		return doubtful >= this.#slots * 1.5;
	}

	/**
	 * From when on the silent triggers hold half of the slots, however many they are: a share of its own for each of them
	 * would be gone with a few. Infinity: all together hold less.
	 */
	#stalledAt(now: number): number {
		let held = 0;
		let silent = 0;
		for (const gate of this.#busy) {
			held += gate.inFlight.size;
			if (isSilent(now, gate)) silent += gate.inFlight.size;
		}
		if (silent >= this.#slots / 2) return now;
		if (held < this.#slots / 2) return Number.POSITIVE_INFINITY;
		let sum = 0;
		for (const gate of [...this.#busy].sort((a, b) => silentAt(a) - silentAt(b))) {
			sum += gate.inFlight.size;
			if (sum >= this.#slots / 2) return silentAt(gate);
		}
		return Number.POSITIVE_INFINITY;
	}

	#gate(triggerId: string): Gate {
		let gate = this.#gates.get(triggerId);
		if (gate === undefined) {
			if (this.#gates.size >= MOST_GATES) this.#forgetIdle();
			const isAnswering = this.#answering.get(triggerId) !== undefined;
			gate = {
				isAnswering,
				inFlight: new Map(),
				failed: new Set(),
				waits: 0,
				openAt: Number.NEGATIVE_INFINITY,
				held: undefined,
			};
			this.#gates.set(triggerId, gate);
		}
		return gate;
	}

	#forgetIdle(): void {
		for (const [triggerId, gate] of this.#gates) {
			if (gate.inFlight.size > 0) continue;
			this.#gates.delete(triggerId);
			return;
		}
	}
}

/** Since when a trigger is held back, and why; undefined: it is not. */
function holdOf(now: number, gate: Gate, stalled: boolean): Gate["held"] {
	if (gate.failed.size >= TROUBLED_AFTER || gate.openAt > now) return gate.held;
	return stalled && isSilent(now, gate) ? { code: "hanging", since: silentAt(gate) - STALLED_MS } : undefined;
}

/** Whether its oldest request has been without an answer for long. */
function isSilent(now: number, gate: Gate): boolean {
	return silentAt(gate) <= now;
}

function silentAt(gate: Gate): number {
	const oldest = gate.inFlight.values().next().value;
	return oldest === undefined ? Number.POSITIVE_INFINITY : oldest + STALLED_MS;
}

/**
 * Doubles with every round, not with every answer: what was under way when the gate closed fails late and adds nothing.
 */
function nextWait(gate: Gate, startedAt: number, random: number): number {
	if (gate.openAt > startedAt) return 0;
	return doubledWithJitterMs(FIRST_PROBE_MS, gate.waits++, LAST_PROBE_MS, random);
}

function retryAfter(outcome: Outcome): number | null {
	return outcome.class === "ambiguous" ? outcome.retryAfterMs : null;
}

/** Any answer will do, also one that says no: it does not hang. */
function hasAnswered(outcome: Outcome): boolean {
	return (
		outcome.class === "accepted" || outcome.class === "refused" || (outcome.class === "ambiguous" && outcome.isWhole)
	);
}
