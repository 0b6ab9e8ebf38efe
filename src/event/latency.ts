/**
 * Upper bounds, in milliseconds, of the buckets in which delivery latencies are counted; one more bucket takes what is
 * longer. The comment on `reward_outbox.relay_samples.latency` tells them: rows that were written stay as they are, so
 * they never change.
 */
export const LATENCY_BOUNDS_MS = [
	1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1000, 2000, 5000, 10_000, 30_000, 60_000,
	300_000, 1_800_000, 7_200_000,
] as const;

export const LATENCY_BUCKETS = LATENCY_BOUNDS_MS.length + 1;

/** The bucket a latency is counted in. */
export function latencyBucket(ms: number): number {
	const index = LATENCY_BOUNDS_MS.findIndex((bound) => ms <= bound);
	return index === -1 ? LATENCY_BOUNDS_MS.length : index;
}

/**
 * A percentile, interpolated within its bucket; null: nothing was counted. What is longer than the last bound counts as
 * that long: the true value is higher.
 * @param share in (0, 1], e.g. 0.95
 */
export function latencyPercentileMs(counts: readonly number[], share: number): number | null {
	const total = counts.reduce((sum, count) => sum + count, 0);
	if (total === 0) return null;
	let left = total * share;
	for (const [index, count] of counts.entries()) {
		if (count > 0 && left <= count) {
			const lower = LATENCY_BOUNDS_MS[index - 1] ?? 0;
			const upper = LATENCY_BOUNDS_MS[index] ?? lower;
			return lower + ((upper - lower) * left) / count;
		}
		left -= count;
	}
	// Only rounding leads here.
	return LATENCY_BOUNDS_MS.at(-1) ?? null;
}
