/** Time as the relay's core sees it. Monotonic: the wall clock decides nothing here. */
export interface Clock {
	/** Milliseconds since an arbitrary start. */
	now(): number;
	/** Calls `fire` once after `ms`. Returns a function that cancels it. */
	after(ms: number, fire: () => void): () => void;
}
