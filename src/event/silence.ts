// What it means that no receipt came for a request of which nobody knows whether Reward applied it: that it was not
// applied, or that its receipt was lost. How likely the second is follows from what was seen of others: how many
// receipts of accepted events are lost, and of how many requests that ended the same way a receipt came.

/** Of events that were accepted about the same time: how many, and how many have a receipt. */
export interface ReceiptsAround {
	readonly accepted: number;
	readonly confirmed: number;
}

/**
 * Of earlier requests of the trigger that ended the same way, unknown as well: how many, and how many have a receipt.
 */
export interface DoubtsAlike {
	readonly ended: number;
	readonly heard: number;
}

/** One in a hundred: where it may be more, sending again is left to a person. */
export const MOST_RISK = 0.01;
/** Of a normal distribution: in 95 of 100 cases the share is not larger than what is computed with it. */
const ONE_SIDED_95 = 1.645;

/**
 * How likely it is, at most, that a request was applied although no receipt came. From 0 to 1; the less was seen, the
 * higher.
 */
export function riskOfSilence(around: ReceiptsAround, alike: DoubtsAlike): number {
	const lost = shareAtMost(around.accepted - around.confirmed, around.accepted);
	// A receipt came for those that were applied and whose receipt was not lost.
	const applied = Math.min(1, shareAtMost(alike.heard, alike.ended) / (1 - lost));
	return applied === 1 ? 1 : (lost * applied) / (lost * applied + 1 - applied);
}

/** The upper end of what a share may be of which `found` of `of` are a sample (Wilson). */
function shareAtMost(found: number, of: number): number {
	if (of === 0) return 1;
	const share = found / of;
	const z2 = ONE_SIDED_95 ** 2 / of;
	const spread = ONE_SIDED_95 * Math.sqrt((share * (1 - share)) / of + z2 / (4 * of));
	return Math.min(1, (share + z2 / 2 + spread) / (1 + z2));
}
