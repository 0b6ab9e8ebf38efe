const SPANS = [
	[86_400_000, "d"],
	[3_600_000, "h"],
	[60_000, "min"],
	[1000, "s"],
] as const;

/** A span of time in its two largest units, e.g. `2 h 5 min`, `12 s`, `340 ms`. */
export function spanInWords(ms: number): string {
	let rest = Math.round(Math.abs(ms));
	if (rest < 1000) return `${rest} ms`;
	const parts: string[] = [];
	for (const [unitMs, unit] of SPANS) {
		const count = Math.floor(rest / unitMs);
		rest -= count * unitMs;
		if (count > 0) parts.push(`${count} ${unit}`);
		// Two neighbouring units say enough: days and hours, not days and seconds.
		if (parts.length === 2 || (parts.length === 1 && count === 0)) break;
	}
	return parts.join(" ");
}

/** A moment as people put it, with the exact time behind: `3 min 2 s ago (2026-03-01 10:00:05Z)`. Both by the same clock. */
export function momentInWords(at: Date, now: Date): string {
	const ms = at.getTime() - now.getTime();
	if (Math.abs(ms) < 500) return "just now";
	return ms < 0 ? `${spanInWords(ms)} ago (${exact(at)})` : `in ${spanInWords(ms)} (${exact(at)})`;
}

/** How long something has lasted: `since 2026-03-01 10:00:05Z (3 min 2 s)`. */
export function sinceInWords(at: Date, now: Date): string {
	return `since ${exact(at)} (${spanInWords(Math.max(0, now.getTime() - at.getTime()))})`;
}

function exact(at: Date): string {
	return `${at.toISOString().slice(0, 19).replace("T", " ")}Z`;
}
