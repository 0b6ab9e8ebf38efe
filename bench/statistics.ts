/** Nearest-rank quantile; NaN of nothing. */
export function quantile(values: ArrayLike<number>, q: number): number {
	const sorted = Float64Array.from(values).sort();
	if (sorted.length === 0) return Number.NaN;
	return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))] as number;
}

export function median(values: readonly number[]): number {
	const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
	if (sorted.length === 0) return Number.NaN;
	const middle = sorted.length >> 1;
	return sorted.length % 2 === 1
		? (sorted[middle] as number)
		: ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** A value over several rounds: the middle one and how far the others are from it. */
export interface Spread {
	readonly median: number;
	readonly least: number;
	readonly most: number;
	readonly rounds: number;
}

export function spread(values: readonly number[]): Spread {
	const known = values.filter((value) => Number.isFinite(value));
	return { median: median(known), least: Math.min(...known), most: Math.max(...known), rounds: known.length };
}
