import type { Known } from "./known.ts";
import type { State } from "./side.ts";
import { type Step, TRIGGERS, type Verdict } from "./steps.ts";

/** More than a history has events, each of which may have to wait for the one before it. */
const MOST_ROUNDS = 200;
const LOOKS_FOR_LEASES = 4;
/** Longer than any lease, delay or pause between looks. */
const LONG_MS = 130_000;
const NO_POLICY = {
	mode: "at_least_once",
	max_attempts: null,
	rate_per_second: null,
	max_in_flight: null,
	retry_ambiguous: "at_once",
} as const;
const AGAIN: Verdict = { outcome: "ambiguous", decision: { next: "pending", delayMs: 0, excused: true } };
const ACCEPTED: Verdict = { outcome: "accepted", decision: { next: "delivered" } };

/**
 * How every history ends: whoever writes commits, a person puts everything in order that takes a person, and a relay
 * sends what there is, until nothing is left. @param events as they are by then
 */
export function* closing(known: Known, events: () => State["events"]): Generator<Step, void> {
	for (const writer of known.writing) yield { do: "commit", writer };
	yield { do: "adopt", cancelBacklog: false };
	for (const trigger of TRIGGERS) {
		yield { do: "set", trigger, changes: NO_POLICY };
		yield { do: "resume", trigger };
	}
	for (let round = 0; round < MOST_ROUNDS && openOf(events()).length > 0; round++) {
		if (round % LOOKS_FOR_LEASES === 0) yield* giveTime(known, events());
		yield CLAIM;
		yield { do: "settle", claim: 0, verdicts: [ACCEPTED], ends: true };
	}
}

/** Events that have not ended, and still would. */
export function openOf(events: State["events"]): string[] {
	return Object.entries(events).flatMap(([id, { status }]) =>
		status === "pending" || status === "sending" ? [id] : [],
	);
}

const CLAIM: Step = {
	do: "claim",
	relay: 0,
	limit: 100,
	lookForDue: true,
	heldBack: [],
	probing: [],
	leaseMs: 60_000,
	isKnown: false,
};

/** Leases end and delays pass; what is uncertain holds its ordering key until somebody has found out. */
function* giveTime(known: Known, events: State["events"]): Generator<Step, void> {
	yield { do: "pass", ms: LONG_MS };
	yield { do: "reap", backMs: null, verdicts: [AGAIN] };
	// An odd number names one of all events: see act.ts.
	for (const [n, id] of known.ids.entries())
		if (events[id]?.["status"] === "uncertain") yield { do: "resolve", event: 2 * n + 1, delivered: true };
}
