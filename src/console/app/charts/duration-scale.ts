const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** What people read a duration by, in milliseconds: 100 s is no such mark, 1 min is. */
const MARKS = [
	...[1, 10, 100],
	...[1, 10].map((count) => count * SECOND),
	...[1, 10].map((count) => count * MINUTE),
	...[1, 6].map((count) => count * HOUR),
	...[1, 10, 100].map((count) => count * DAY),
] as const;

/** The part of a logarithmic scale of durations that holds the data: from a mark to another one. */
export function durationRange(low: number | null, high: number | null): [number, number] {
	const from = MARKS.findLastIndex((mark) => mark <= Math.max(1, low ?? 1));
	const wanted = MARKS.findIndex((mark) => mark >= (high ?? 1));
	const to = Math.max(wanted === -1 ? MARKS.length - 1 : wanted, Math.min(from + 1, MARKS.length - 1));
	return [MARKS[Math.min(from, to - 1)] as number, MARKS[to] as number];
}

/** The marks within. */
export function durationTicks(low: number, high: number): number[] {
	return MARKS.filter((mark) => mark >= low && mark <= high);
}
