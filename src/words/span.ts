const SPANS = [
	[86_400_000, "d"],
	[3_600_000, "h"],
	[60_000, "min"],
	[1000, "s"],
] as const;
type Span = (typeof SPANS)[number];

const SECONDS = SPANS.length - 1;
/** 9.96 s is 10 s. */
const TENTHS_BELOW_MS = 9950;

/**
 * A span of time in its two largest units, rounded: `2 h 5 min`, `12 s`, `1.9 s`, `340 ms`. Below ten seconds a tenth
 * matters; days and hours say enough without minutes.
 */
export function spanInWords(ms: number): string {
	const whole = Math.round(Math.abs(ms));
	if (whole < 1000) return `${whole} ms`;
	if (whole < TENTHS_BELOW_MS) return `${Math.round(whole / 100) / 10} s`;
	const largest = largestUnit(whole);
	const [precisionMs] = SPANS[Math.min(largest + 1, SECONDS)] as Span;
	const rounded = Math.round(whole / precisionMs) * precisionMs;
	// 59 min 59.9 s is an hour.
	const first = largestUnit(rounded);
	const [unitMs, unit] = SPANS[first] as Span;
	const count = Math.floor(rounded / unitMs);
	const [nextMs, next] = SPANS[first + 1] ?? [1, ""];
	const rest = Math.floor((rounded % unitMs) / nextMs);
	return rest === 0 || next === "" ? `${count} ${unit}` : `${count} ${unit} ${rest} ${next}`;
}

/** Index in SPANS. */
function largestUnit(ms: number): number {
	const index = SPANS.findIndex(([unitMs]) => ms >= unitMs);
	return index === -1 ? SECONDS : index;
}

/**
 * A moment as people put it, with the exact time behind: `3 min 2 s ago (2026-03-01 10:00:05Z)`. Both by the same
 * clock.
 */
export function momentInWords(at: Date, now: Date): string {
	const ms = at.getTime() - now.getTime();
	if (Math.abs(ms) < 500) return "just now";
	return ms < 0 ? `${spanInWords(ms)} ago (${exact(at)})` : `in ${spanInWords(ms)} (${exact(at)})`;
}

/** A moment until or before which something holds: `2026-03-01 10:00:05Z (in 3 min 2 s)`. */
export function limitInWords(at: Date, now: Date): string {
	const ms = at.getTime() - now.getTime();
	if (Math.abs(ms) < 500) return `${exact(at)} (now)`;
	return `${exact(at)} (${ms < 0 ? `${spanInWords(ms)} ago` : `in ${spanInWords(ms)}`})`;
}

/** How long something has lasted: `since 2026-03-01 10:00:05Z (3 min 2 s)`. */
export function sinceInWords(at: Date, now: Date): string {
	return `since ${exact(at)} (${spanInWords(Math.max(0, now.getTime() - at.getTime()))})`;
}

function exact(at: Date): string {
	return `${at.toISOString().slice(0, 19).replace("T", " ")}Z`;
}
