import type { Decision } from "../../../src/event/decide.ts";
import type { OutcomeClass } from "../../../src/event/outcome.ts";
import { seededRandom } from "../../../src/sandbox/chance.ts";
import type { PolicyChanges } from "../../../src/store/trigger-policy.ts";

/** An event to be written. */
export interface Draft {
	readonly trigger: string;
	readonly user: string;
	readonly orderingKey: string | null;
	readonly capturedKey: string | null;
	readonly idempotencyKey: string | null;
	/** Not before so many milliseconds; null: at once. */
	readonly delayMs: number | null;
	/** Bytes of the payload, about. */
	readonly size: number;
}

/** What became of an attempt, and what follows; null: nobody says. */
export type Verdict = { readonly outcome: OutcomeClass; readonly decision: Decision } | null;

/**
 * One call. Events and claims are named by how long ago they came, modulo how many there are, so that a history stays
 * one when steps are taken out of it.
 */
export type Step =
	| { readonly do: "begin" | "commit" | "rollback"; readonly writer: number }
	| { readonly do: "insert"; readonly writer: number; readonly event: Draft }
	| { readonly do: "write"; readonly events: readonly Draft[] }
	| { readonly do: "pass"; readonly ms: number }
	| {
			readonly do: "claim";
			readonly relay: number;
			readonly limit: number;
			readonly lookForDue: boolean;
			readonly heldBack: readonly string[];
			readonly probing: readonly string[];
			readonly leaseMs: number;
			readonly isKnown: boolean;
	  }
	| { readonly do: "settle"; readonly claim: number; readonly verdicts: readonly Verdict[]; readonly ends: boolean }
	| { readonly do: "give back"; readonly claim: number; readonly every: number; readonly delayMs: number }
	| { readonly do: "reap"; readonly backMs: number | null; readonly verdicts: readonly Verdict[] }
	| { readonly do: "tidy" }
	| { readonly do: "pause" | "resume"; readonly trigger: string }
	| { readonly do: "fault"; readonly trigger: string; readonly probeEveryMs: number }
	| { readonly do: "set"; readonly trigger: string; readonly changes: PolicyChanges }
	| { readonly do: "retry"; readonly events: readonly number[]; readonly allowDuplicates: boolean }
	| { readonly do: "cancel"; readonly events: readonly number[] }
	| { readonly do: "resolve"; readonly event: number; readonly delivered: boolean }
	| { readonly do: "prune"; readonly agoMs: number; readonly limit: number }
	| { readonly do: "adopt"; readonly cancelBacklog: boolean }
	| { readonly do: "prove"; readonly relay: number; readonly ended: boolean }
	| {
			readonly do: "testify";
			readonly relay: number;
			readonly events: readonly number[];
			readonly outcome: OutcomeClass;
	  }
	| { readonly do: "ask"; readonly event: number; readonly trigger: string }
	| { readonly do: "connect" | "cut" | "beat" | "stop"; readonly relay: number }
	| {
			readonly do: "check in";
			readonly relay: number;
			readonly wakeMode: string;
			readonly able: boolean;
			readonly working: boolean;
			readonly holdsLock: boolean;
	  }
	| { readonly do: "look" | "vouch" | "doubt" | "follow" | "adopt unused"; readonly relay: number }
	| { readonly do: "wake" };

export const TRIGGERS = ["a", "b", "c", "d"] as const;
export const RELAYS = 3;
const WRITERS = 3;

/** Chance of a history. */
interface Chance {
	random(): number;
	below(n: number): number;
	oneOf<T>(values: readonly T[]): T;
	is(probability: number): boolean;
	some<T>(values: readonly T[], probability: number): T[];
	times<T>(n: number, make: () => T): T[];
}

/** A random history of calls. */
export function makeHistory(seed: number, length: number): Step[] {
	const chance = chanceOf(seed);
	return chance.times(length, () => makeStep(chance));
}

function chanceOf(seed: number): Chance {
	const random = seededRandom(seed);
	const below = (n: number) => Math.floor(random() * n);
	return {
		random,
		below,
		oneOf: (values) => values[below(values.length)] as (typeof values)[number],
		is: (probability) => random() < probability,
		some: (values, probability) => values.filter(() => random() < probability),
		times: (n, make) => Array.from({ length: n }, make),
	};
}

/** How often each comes, and what it looks like. */
const STEPS: readonly (readonly [weight: number, make: (chance: Chance) => Step])[] = [
	[5, (c) => ({ do: "begin", writer: c.below(WRITERS) })],
	[9, (c) => ({ do: "insert", writer: c.below(WRITERS), event: draft(c) })],
	[6, (c) => ({ do: "commit", writer: c.below(WRITERS) })],
	[1, (c) => ({ do: "rollback", writer: c.below(WRITERS) })],
	[14, (c) => ({ do: "write", events: c.times(1 + c.below(c.is(0.2) ? 8 : 2), () => unique(c, draft(c))) })],
	[14, (c) => ({ do: "pass", ms: c.is(0.04) ? -c.oneOf([1, 4_000, 6_000, 60_000]) : c.oneOf(SPANS_MS) })],
	[26, claim],
	[
		16,
		(c) => ({ do: "settle", claim: recent(c), verdicts: c.times(1 + c.below(3), () => verdict(c)), ends: c.is(0.7) }),
	],
	[4, (c) => ({ do: "give back", claim: recent(c), every: c.below(3), delayMs: c.oneOf([0, 0, 1_000]) })],
	[5, (c) => ({ do: "reap", backMs: c.oneOf([null, 10_000, 60_000]), verdicts: c.times(2, () => reaped(c)) })],
	[2, () => ({ do: "tidy" })],
	[2, (c) => ({ do: "pause", trigger: c.oneOf(TRIGGERS) })],
	[3, (c) => ({ do: "resume", trigger: c.oneOf(TRIGGERS) })],
	[2, (c) => ({ do: "fault", trigger: c.oneOf(TRIGGERS), probeEveryMs: c.oneOf([500, 2_000, 600_000]) })],
	[4, (c) => ({ do: "set", trigger: c.oneOf(TRIGGERS), changes: changes(c) })],
	[4, (c) => ({ do: "retry", events: c.times(1 + c.below(3), () => c.below(30)), allowDuplicates: c.is(0.4) })],
	[4, (c) => ({ do: "cancel", events: c.times(1 + c.below(3), () => c.below(30)) })],
	[3, (c) => ({ do: "resolve", event: c.below(30), delivered: c.is(0.5) })],
	[2, (c) => ({ do: "prune", agoMs: c.oneOf([-1, 0, 1_000, 60_000]), limit: c.oneOf([1, 3, 100]) })],
	[0.6, (c) => ({ do: "adopt", cancelBacklog: c.is(0.4) })],
	[2, (c) => ({ do: "prove", relay: c.below(RELAYS), ended: c.is(0.1) })],
	[
		1,
		(c) => ({
			do: "testify",
			relay: c.below(RELAYS),
			events: c.times(1 + c.below(3), () => c.below(30)),
			outcome: outcome(c),
		}),
	],
	[1, (c) => ({ do: "ask", event: c.below(30), trigger: c.oneOf(TRIGGERS) })],
	[1, (c) => ({ do: c.oneOf(["connect", "connect", "cut", "beat", "stop"]), relay: c.below(RELAYS) })],
	[4, checkIn],
	[2, (c) => ({ do: c.oneOf(["look", "look", "vouch", "follow", "adopt unused"]), relay: c.below(RELAYS) })],
	[0.2, (c) => ({ do: "doubt", relay: c.below(RELAYS) })],
	[0.2, () => ({ do: "wake" })],
];
const ALL = STEPS.reduce((sum, [weight]) => sum + weight, 0);
const SPANS_MS = [1, 1, 3, 100, 500, 1_000, 2_300, 5_000, 30_000, 120_000] as const;

function makeStep(chance: Chance): Step {
	let left = chance.random() * ALL;
	for (const [weight, make] of STEPS) {
		left -= weight;
		if (left < 0) return make(chance);
	}
	return { do: "tidy" };
}

function claim(c: Chance): Step {
	return {
		do: "claim",
		relay: c.below(RELAYS),
		limit: c.oneOf([1, 2, 3, 4, 8, 100]),
		lookForDue: c.is(0.7),
		heldBack: c.is(0.2) ? c.some(TRIGGERS, 0.3) : [],
		probing: c.is(0.2) ? c.some(TRIGGERS, 0.3) : [],
		leaseMs: c.oneOf([1_000, 5_000, 60_000]),
		isKnown: c.is(0.2),
	};
}

function checkIn(c: Chance): Step {
	return {
		do: "check in",
		relay: c.below(RELAYS),
		wakeMode: c.oneOf(["standby", "polling", "listening"]),
		able: c.is(0.8),
		working: c.is(0.5),
		holdsLock: c.is(0.5),
	};
}

/** The last claims are spoken of most, and the first ones once in a while. */
function recent(c: Chance): number {
	return c.is(0.8) ? c.below(3) : c.below(20);
}

function draft(c: Chance): Draft {
	return {
		trigger: c.oneOf(TRIGGERS),
		user: c.oneOf(["u1", "u1", "u2"]),
		orderingKey: c.is(0.4) ? c.oneOf(["k1", "k2", "k3"]) : null,
		capturedKey: c.is(0.06) ? c.oneOf(["c1", "c2"]) : null,
		idempotencyKey: null,
		delayMs: c.is(0.15) ? c.oneOf([1_000, 10_000, -1_000]) : null,
		size: c.is(0.05) ? 30_000 : 12,
	};
}

/** One with a key of its own, which an open transaction would make others wait for. */
function unique(c: Chance, event: Draft): Draft {
	return c.is(0.04) ? { ...event, capturedKey: null, idempotencyKey: c.oneOf(["c1", "i1", "i2"]) } : event;
}

function outcome(c: Chance): OutcomeClass {
	return c.oneOf(["accepted", "refused", "not_sent", "ambiguous"]);
}

function verdict(c: Chance): Verdict {
	if (c.is(0.1)) return null;
	if (c.is(0.5)) return { outcome: "accepted", decision: { next: "delivered" } };
	return { outcome: c.oneOf(["refused", "not_sent", "ambiguous"]), decision: failure(c) };
}

function reaped(c: Chance): Verdict {
	return { outcome: "ambiguous", decision: failure(c) };
}

function failure(c: Chance): Decision {
	if (c.is(0.3)) return { next: c.is(0.6) ? "dead" : "uncertain" };
	return { next: "pending", delayMs: c.oneOf([0, 500, 1_000, 7_000]), excused: c.is(0.3) };
}

function changes(c: Chance): PolicyChanges {
	return {
		...(c.is(0.3) ? { mode: c.oneOf(["at_least_once", "at_most_once"]) } : {}),
		...(c.is(0.2) ? { max_attempts: c.oneOf([null, 1, 3]) } : {}),
		...(c.is(0.4) ? { rate_per_second: c.oneOf([null, null, 0.3, 1, 4]) } : {}),
		...(c.is(0.4) ? { max_in_flight: c.oneOf([null, null, 1, 2]) } : {}),
		...(c.is(0.1) ? { retry_ambiguous: c.oneOf(["at_once", "after_evidence"]) } : {}),
	};
}
