/**
 * Where the SQL leaves an order open (two triggers whose turn comes at the same time, events that are due at the same
 * time), PostgreSQL takes any. Here it is said which.
 */
export interface Ties {
	/** Of events that are due at the same time, those that come first. */
	readonly events: ReadonlySet<string>;
	/** Of triggers whose turn comes at the same time, in this order; others come last. */
	readonly triggers: readonly string[];
}

/** In the order of their insertion. */
export const ANY_ORDER: Ties = { events: new Set(), triggers: [] };
