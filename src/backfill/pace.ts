/** Events of one transaction at most: it ends soon, and so does what it takes of the server. */
const MOST_OF_A_BATCH = 500;
const WIDEST_WINDOW = 5_000;

/** Rows of one transaction, at a given rate per second: some batches a second, so that progress shows. */
export function rowsOfBatch(perSecond: number): number {
	return Math.min(MOST_OF_A_BATCH, Math.max(1, Math.floor(perSecond / 4)));
}

/** Rows to read for the next batch: wider where few are within the bounds, so that those outside cost little. */
export function nextWindow(window: number, found: number, limit: number): number {
	if (found >= limit) return Math.max(limit, Math.floor(window / 2));
	return Math.min(WIDEST_WINDOW, window * 2);
}
