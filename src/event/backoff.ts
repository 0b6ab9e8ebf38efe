/** How retries are spaced and when they end. */
export interface RetryPolicy {
	/** Attempts after which an event is dead, unless its trigger says otherwise. */
	readonly maxAttempts: number;
	/** Upper bound of the first delay, in milliseconds; it doubles with every attempt. */
	readonly backoffBaseMs: number;
	/** Upper bound of any delay, in milliseconds. */
	readonly backoffCapMs: number;
}

/**
 * Exponential backoff with full jitter: anything between nothing and the bound, so that events that failed together do
 * not come back together.
 * @param failures counted attempts so far, at least 1
 * @param random a number in [0, 1)
 * @returns milliseconds
 */
export function backoffMs(failures: number, policy: RetryPolicy, random: number): number {
	return random * doubledMs(policy.backoffBaseMs, failures - 1, policy.backoffCapMs);
}

/** A time that doubles again and again, up to a bound. Milliseconds. */
export function doubledMs(firstMs: number, times: number, longestMs: number): number {
	return Math.min(longestMs, firstMs * 2 ** Math.min(times, 52));
}

/** The same with half of it left to chance, so that those who began together do not go on together. */
export function doubledWithJitterMs(firstMs: number, times: number, longestMs: number, random: number): number {
	return doubledMs(firstMs, times, longestMs) * (0.5 + random / 2);
}
