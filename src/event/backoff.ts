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
 * Exponential backoff with full jitter: anything between nothing and the bound, so that events that failed together do not
 * come back together.
 * @param failures counted attempts so far, at least 1
 * @param random a number in [0, 1)
 * @returns milliseconds
 */
export function backoffMs(failures: number, policy: RetryPolicy, random: number): number {
	const bound = Math.min(policy.backoffCapMs, policy.backoffBaseMs * 2 ** Math.min(failures - 1, 52));
	return random * bound;
}
