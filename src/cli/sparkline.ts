const LEVELS = "▁▂▃▄▅▆▇█";

/**
 * Numbers as a row of little bars, one character each, the highest as high as a line; nothing but zeros is a flat line.
 */
export function sparkline(values: readonly number[]): string {
	const highest = Math.max(...values, 0);
	return values
		.map((value) => LEVELS[highest === 0 ? 0 : Math.round((value / highest) * (LEVELS.length - 1))])
		.join("");
}
