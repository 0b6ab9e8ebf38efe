import fc from "fast-check";
import type { Ambiguous, Fault, NotSent, Outcome, Refused } from "../../src/event/outcome.ts";

export const FAULTS = [
	"event",
	"configuration",
	"unexplained",
	"pacing",
	"unknown_target",
	"trigger",
] as const satisfies readonly Fault[];

export const ACCEPTED: Outcome = {
	class: "accepted",
	httpStatus: 200,
	errorCode: null,
	errorMessage: null,
	responseBody: null,
};

export function refused(fault: Fault, retryAfterMs: number | null = null): Refused {
	return {
		class: "refused",
		fault,
		retryAfterMs,
		httpStatus: 400,
		errorCode: "refused",
		errorMessage: null,
		responseBody: null,
	};
}

export const NOT_SENT: NotSent = {
	class: "not_sent",
	httpStatus: null,
	errorCode: "ECONNREFUSED",
	errorMessage: null,
	responseBody: null,
};

export function ambiguous(retryAfterMs: number | null = null): Ambiguous {
	return {
		class: "ambiguous",
		isWhole: true,
		retryAfterMs,
		httpStatus: 503,
		errorCode: "http_503",
		errorMessage: null,
		responseBody: null,
	};
}

const waits = fc.option(fc.integer({ min: 0, max: 86_400_000 }));

/** Every kind of outcome there is. */
export const anyOutcome: fc.Arbitrary<Outcome> = fc.oneof(
	fc.constant(ACCEPTED),
	fc.constant(NOT_SENT),
	waits.map(ambiguous),
	fc.tuple(fc.constantFrom(...FAULTS), waits).map(([fault, wait]) => refused(fault, wait)),
);

/** A number in [0, 1), as `Math.random` gives. */
export const anyRandom = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
