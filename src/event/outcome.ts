interface OutcomeFacts {
	/** Reward applied the event, or may have: a repeat may pay out twice. */
	readonly mayBeApplied: boolean;
}

/**
 * What one attempt to deliver an event is known to have done: the one list of outcomes, in the order of the database's
 * type attempt_outcome. Everything that is not proven is `ambiguous`: a repeat pays out money twice, so doubt is never
 * resolved in the optimistic direction.
 */
export const OUTCOMES = {
	accepted: { mayBeApplied: true },
	refused: { mayBeApplied: false },
	not_sent: { mayBeApplied: false },
	ambiguous: { mayBeApplied: true },
} as const satisfies Readonly<Record<string, OutcomeFacts>>;

export type OutcomeClass = keyof typeof OUTCOMES;

export const OUTCOME_CLASSES = Object.keys(OUTCOMES) as readonly OutcomeClass[];

/** Something for each outcome, most often a number of attempts. */
export type ByOutcome<Value = number> = Readonly<Record<OutcomeClass, Value>>;

export function byOutcome<Value>(of: (outcome: OutcomeClass) => Value): Record<OutcomeClass, Value> {
	return Object.fromEntries(OUTCOME_CLASSES.map((outcome) => [outcome, of(outcome)])) as Record<OutcomeClass, Value>;
}

/** All attempts together. */
export function attemptsIn(counts: ByOutcome): number {
	return OUTCOME_CLASSES.reduce((sum, outcome) => sum + counts[outcome], 0);
}

/** Whether Reward applied an event, or may have, as its attempts ended. */
export function mayBeApplied(attempts: readonly { readonly outcome: OutcomeClass }[]): boolean {
	return attempts.some(({ outcome }) => OUTCOMES[outcome].mayBeApplied);
}

/**
 * Whose fault a refusal is. `event`: this row can never succeed. `configuration`: the key; every row would be refused.
 * `unexplained`: a 401 or 403 that does not say that it is about the key, as of a firewall in front of Reward that
 * dislikes a payload; the neighbours decide. `pacing`: come back later. `unknown_target`: a 404 that names neither the
 * user nor the trigger; the neighbours decide. `trigger`: a 404 that names the trigger as unknown.
 */
export type Fault = "event" | "configuration" | "unexplained" | "pacing" | "unknown_target" | "trigger";

interface Answer {
	/** Status of the response, or null when none arrived. */
	readonly httpStatus: number | null;
	/** A short stable code: Reward's `error.code`, a network error code, or one of ours. */
	readonly errorCode: string | null;
	/** One line for a person. Never holds a secret or a payload. */
	readonly errorMessage: string | null;
	/** What Reward answered, capped; null when it was empty or exactly the documented success. */
	readonly responseBody: string | null;
	/**
	 * Of an answer that was not accepted: headers that help to find out who gave it. Names in lower case; values are
	 * visible ASCII, capped. Left out: there are none.
	 */
	readonly responseHeaders?: Readonly<Record<string, string>>;
}

/** A complete 2xx response whose body does not say failure. */
export interface Accepted extends Answer {
	readonly class: "accepted";
}

/** A complete response that by contract means "not applied". */
export interface Refused extends Answer {
	readonly class: "refused";
	readonly fault: Fault;
	/** Milliseconds the receiver asked us to wait, already clamped; null when it did not ask. */
	readonly retryAfterMs: number | null;
}

/** The complete request provably never left this process. */
export interface NotSent extends Answer {
	readonly class: "not_sent";
}

/** Reward may or may not have applied the event. */
export interface Ambiguous extends Answer {
	readonly class: "ambiguous";
	/** The answer arrived whole, and leaves it open all the same; false: none did. */
	readonly isWhole: boolean;
	/** Milliseconds from a 503's Retry-After, already clamped; null when it did not ask. */
	readonly retryAfterMs: number | null;
}

export type Outcome = Accepted | Refused | NotSent | Ambiguous;
