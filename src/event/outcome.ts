/**
 * What one attempt to deliver an event is known to have done. Everything that is not proven is `ambiguous`:
 * a repeat pays out money twice, so doubt is never resolved in the optimistic direction.
 */
export type OutcomeClass = "accepted" | "refused" | "not_sent" | "ambiguous";

/**
 * Whose fault a refusal is. `event`: this row can never succeed. `configuration`: the key; every row would be refused.
 * `unexplained`: a 401 or 403 that does not say that it is about the key, as of a firewall in front of Reward that dislikes a
 * payload; the neighbours decide. `pacing`: come back later. `unknown_target`: a 404 that names neither the user nor the
 * trigger; the neighbours decide. `trigger`: a 404 that names the trigger as unknown.
 */
export type Fault = "event" | "configuration" | "unexplained" | "pacing" | "unknown_target" | "trigger";

interface Evidence {
	/** Status of the response, or null when none arrived. */
	readonly httpStatus: number | null;
	/** A short stable code: Reward's `error.code`, a network error code, or one of ours. */
	readonly errorCode: string | null;
	/** One line for a person. Never holds a secret or a payload. */
	readonly errorMessage: string | null;
	/** What Reward answered, capped; null when it was empty or exactly the documented success. */
	readonly responseBody: string | null;
}

/** A complete 2xx response whose body does not say failure. */
export interface Accepted extends Evidence {
	readonly class: "accepted";
}

/** A complete response that by contract means "not applied". */
export interface Refused extends Evidence {
	readonly class: "refused";
	readonly fault: Fault;
	/** Milliseconds the receiver asked us to wait, already clamped; null when it did not ask. */
	readonly retryAfterMs: number | null;
}

/** The complete request provably never left this process. */
export interface NotSent extends Evidence {
	readonly class: "not_sent";
}

/** Reward may or may not have applied the event. */
export interface Ambiguous extends Evidence {
	readonly class: "ambiguous";
	/** The answer arrived whole, and leaves it open all the same; false: none did. */
	readonly isWhole: boolean;
	/** Milliseconds from a 503's Retry-After, already clamped; null when it did not ask. */
	readonly retryAfterMs: number | null;
}

export type Outcome = Accepted | Refused | NotSent | Ambiguous;
