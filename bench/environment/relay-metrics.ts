import { ADMIN_TOKEN } from "../contenders/ours.ts";

/** Cumulative counts of a Prometheus histogram: upper bound in seconds → observations up to it. */
export type Histogram = ReadonlyMap<number, number>;

/** The relay's own histogram of how long its claims took. */
export async function readClaimDurations(port: number): Promise<Histogram> {
	const response = await fetch(`http://127.0.0.1:${port}/metrics`, {
		headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
	});
	const text = await response.text();
	if (!response.ok) throw new Error(`/metrics answered ${response.status}`);
	const lines = text.matchAll(/^reward_outbox_claim_duration_seconds_bucket\{le="([^"]+)"\} (\d+)/gm);
	return new Map(
		[...lines].map(([, bound, count]) => [bound === "+Inf" ? Number.POSITIVE_INFINITY : Number(bound), Number(count)]),
	);
}

/** A quantile of what was observed between two readings, in milliseconds, interpolated within its bucket. */
export function quantileBetween(before: Histogram, after: Histogram, q: number): number | null {
	const counts = [...after].map(([bound, count]) => [bound, count - (before.get(bound) ?? 0)] as const);
	const total = counts.at(-1)?.[1] ?? 0;
	if (total === 0) return null;
	const rank = q * total;
	let lower = 0;
	let below = 0;
	for (const [bound, count] of counts) {
		if (count >= rank) {
			if (!Number.isFinite(bound)) return lower * 1000;
			return (lower + ((bound - lower) * (rank - below)) / Math.max(1, count - below)) * 1000;
		}
		[lower, below] = [bound, count];
	}
	return null;
}
