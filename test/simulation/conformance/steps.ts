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
	| { readonly do: "give back"; readonly claim: number; readonly every: number }
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
	| { readonly do: "connect" | "cut" | "beat" | "stop" | "lock" | "unlock"; readonly relay: number }
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

/** Chance, and what a history is about: the fewer things, the more happens to each. */
interface Chance {
	readonly triggers: readonly string[];
	readonly orderingKeys: readonly string[];
	/** How many events have one of those. */
	readonly ordered: number;
	/** Most events of a claim. */
	readonly limits: readonly number[];
	/** Decisions are about that many events, the latest. */
	readonly decided: number;

	random(): number;
	below(n: number): number;
	oneOf<T>(values: readonly T[]): T;
	is(probability: number): boolean;
	some<T>(values: readonly T[], probability: number): T[];
	times<T>(n: number, make: () => T): T[];
}

/** A random history of calls. Each has more of some calls than others have, and fewer things that they are about. */
export function makeHistory(seed: number, length: number): Step[] {
	const chance = chanceOf(seed);
	const weights = new Map(STEPS.map(({ weight, make }) => [make, weight * chance.oneOf(EMPHASIS)]));
	const all = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
	return chance.times(length, () => makeStep(chance, weights, all));
}

const EMPHASIS = [0.3, 1, 1, 1, 4] as const;

function chanceOf(seed: number): Chance {
	const random = seededRandom(seed);
	const below = (n: number) => Math.floor(random() * n);
	return {
		triggers: TRIGGERS.slice(below(TRIGGERS.length)),
		orderingKeys: ["k1", "k2", "k3"].slice(below(3)),
		ordered: [0.1, 0.4, 0.9][below(3)] as number,
		limits: [[1, 2], [1, 2, 3, 4, 8, 100], [100]][below(3)] as number[],
		decided: [3, 30][below(2)] as number,
		random,
		below,
		oneOf: (values) => values[below(values.length)] as (typeof values)[number],
		is: (probability) => random() < probability,
		some: (values, probability) => values.filter(() => random() < probability),
		times: (n, make) => Array.from({ length: n }, make),
	};
}

/** How often each comes, more or less, and what it looks like. */
const STEPS: readonly { readonly weight: number; readonly make: (chance: Chance) => Step }[] = [
	{ weight: 5, make: (c) => ({ do: "begin", writer: c.below(WRITERS) }) },
	{ weight: 9, make: (c) => ({ do: "insert", writer: c.below(WRITERS), event: draft(c) }) },
	{ weight: 6, make: (c) => ({ do: "commit", writer: c.below(WRITERS) }) },
	{ weight: 1, make: (c) => ({ do: "rollback", writer: c.below(WRITERS) }) },
	{
		weight: 14,
		make: (c) => ({ do: "write", events: c.times(1 + c.below(c.is(0.2) ? 8 : 2), () => unique(c, draft(c))) }),
	},
	{ weight: 14, make: (c) => ({ do: "pass", ms: c.oneOf(SPANS_MS) }) },
	{ weight: 0.6, make: (c) => ({ do: "pass", ms: -c.oneOf([1, 4_000, 6_000, 60_000]) }) },
	{ weight: 26, make: claim },
	{
		weight: 16,
		make: (c) => ({
			do: "settle",
			claim: recent(c),
			verdicts: c.times(1 + c.below(3), () => verdict(c)),
			ends: c.is(0.7),
		}),
	},
	{
		weight: 4,
		make: (c) => ({ do: "give back", claim: recent(c), every: c.below(3) }),
	},
	{
		weight: 5,
		make: (c) => ({ do: "reap", backMs: c.oneOf([null, 10_000, 60_000]), verdicts: c.times(2, () => reaped(c)) }),
	},
	{ weight: 2, make: () => ({ do: "tidy" }) },
	{ weight: 2, make: (c) => ({ do: "pause", trigger: c.oneOf(c.triggers) }) },
	{ weight: 3, make: (c) => ({ do: "resume", trigger: c.oneOf(c.triggers) }) },
	{
		weight: 2,
		make: (c) => ({ do: "fault", trigger: c.oneOf(c.triggers), probeEveryMs: c.oneOf([500, 2_000, 600_000]) }),
	},
	{ weight: 4, make: (c) => ({ do: "set", trigger: c.oneOf(c.triggers), changes: changes(c) }) },
	{
		weight: 4,
		make: (c) => ({
			do: "retry",
			events: c.times(1 + c.below(3), () => c.below(c.decided)),
			allowDuplicates: c.is(0.4),
		}),
	},
	{ weight: 4, make: (c) => ({ do: "cancel", events: c.times(1 + c.below(3), () => c.below(c.decided)) }) },
	{ weight: 3, make: (c) => ({ do: "resolve", event: c.below(c.decided), delivered: c.is(0.5) }) },
	{ weight: 2, make: (c) => ({ do: "prune", agoMs: c.oneOf([-1, 0, 1_000, 60_000]), limit: c.oneOf([1, 3, 100]) }) },
	{ weight: 0.6, make: (c) => ({ do: "adopt", cancelBacklog: c.is(0.4) }) },
	{ weight: 2, make: (c) => ({ do: "prove", relay: c.below(RELAYS), ended: c.is(0.1) }) },
	{
		weight: 1,
		make: (c) => ({
			do: "testify",
			relay: c.below(RELAYS),
			events: c.times(1 + c.below(3), () => c.below(c.decided)),
			outcome: outcome(c),
		}),
	},
	{ weight: 1, make: (c) => ({ do: "ask", event: c.below(c.decided), trigger: c.oneOf(c.triggers) }) },
	{
		weight: 3,
		make: (c) => ({
			do: c.oneOf(["connect", "connect", "connect", "cut", "cut", "beat", "stop"]),
			relay: c.below(RELAYS),
		}),
	},
	{ weight: 3, make: (c) => ({ do: c.oneOf(["lock", "unlock"]), relay: c.below(RELAYS) }) },
	{ weight: 4, make: checkIn },
	{
		weight: 2,
		make: (c) => ({ do: c.oneOf(["look", "look", "vouch", "follow", "adopt unused"]), relay: c.below(RELAYS) }),
	},
	{ weight: 0.2, make: (c) => ({ do: "doubt", relay: c.below(RELAYS) }) },
	{ weight: 0.2, make: () => ({ do: "wake" }) },
];
const SPANS_MS = [1, 1, 3, 100, 500, 1_000, 2_300, 5_000, 30_000, 120_000] as const;

function makeStep(chance: Chance, weights: ReadonlyMap<(chance: Chance) => Step, number>, all: number): Step {
	let left = chance.random() * all;
	for (const [make, weight] of weights) {
		left -= weight;
		if (left < 0) return make(chance);
	}
	return { do: "tidy" };
}

function claim(c: Chance): Step {
	return {
		do: "claim",
		relay: c.below(RELAYS),
		limit: c.oneOf(c.limits),
		lookForDue: c.is(0.7),
		heldBack: c.is(0.2) ? c.some(c.triggers, 0.3) : [],
		probing: c.is(0.2) ? c.some(c.triggers, 0.3) : [],
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
		trigger: c.oneOf(c.triggers),
		user: c.oneOf(["u1", "u1", "u2"]),
		orderingKey: c.is(c.ordered) ? c.oneOf(c.orderingKeys) : null,
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
