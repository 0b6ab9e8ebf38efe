/**
 * The clocks of two connections: a receipt may be on record this much before the request that it is about.
 * Milliseconds.
 */
export const CLOCK_SLACK_MS = 5_000;

/** How receipts and requests of one key go together. */
export interface Matching {
	/** Receipts that a request explains: as many as can be. */
	readonly explained: number;
	/** For each request that has one, in their order: how long its receipt took. Milliseconds. */
	readonly delaysMs: readonly number[];
	/** For each request, in their order, whether it has a receipt. */
	readonly confirmed: readonly boolean[];
	/** Receipts that no request explains, by when they were received. */
	readonly unexplained: readonly number[];
}

/**
 * Gives as many receipts as possible a request that was sent before each, by no more than the horizon; each request has
 * one at most. Every request may be the one for as long as any other, so giving each receipt the oldest request that is
 * still free is best.
 *
 * @param sentAt When each request was sent, oldest first. Milliseconds since 1970, like the rest.
 * @param receivedAt When each receipt was received, oldest first.
 */
export function matchReceipts(sentAt: readonly number[], receivedAt: readonly number[], horizonMs: number): Matching {
	const delaysMs: number[] = [];
	const confirmed = sentAt.map(() => false);
	const unexplained: number[] = [];
	let next = 0;
	for (const received of receivedAt) {
		while (next < sentAt.length && (sentAt[next] as number) + horizonMs < received) next += 1;
		const sent = sentAt[next];
		if (sent === undefined || sent - CLOCK_SLACK_MS > received) {
			unexplained.push(received);
			continue;
		}
		confirmed[next] = true;
		delaysMs.push(Math.max(0, received - sent));
		next += 1;
	}
	return { explained: delaysMs.length, delaysMs, confirmed, unexplained };
}
