/** Time as the relay's core sees it. Monotonic: the wall clock decides nothing here. */
export interface Clock {
	/** Milliseconds since an arbitrary start. */
	now(): number;
	/** Calls `fire` once after `ms`. Returns a function that cancels it. */
	after(ms: number, fire: () => void): () => void;
}

export const systemClock: Clock = {
	now: () => performance.now(),
	after(ms, fire) {
		// Node turns delays over 2^31-1 ms into 1 ms.
		const timer = setTimeout(fire, Math.min(Math.max(ms, 0), 0x7fffffff));
		return () => clearTimeout(timer);
	},
};
