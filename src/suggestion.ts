/** Typing errors up to this many characters are still taken for a misspelling. */
const MAX_DISTANCE = 3;

/** The known name that was probably meant, or null when none is close. */
export function didYouMean(name: string, known: readonly string[]): string | null {
	const essence = withoutPrefix(name);
	let best: string | null = null;
	let bestDistance = MAX_DISTANCE + 1;
	for (const candidate of known) {
		const distance = distanceToMeant(essence, withoutPrefix(candidate));
		if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
	}
	return best;
}

/**
 * What tells names apart, whether they are variables or options. A right name behind the wrong prefix
 * (`REWARD_OUTBOX_DATABASE_URL`) is then exact, and so is `DATABASE_URL` for `databaseUrl`.
 */
function withoutPrefix(name: string): string {
	const words = name.replace(/([a-z0-9])([A-Z])/g, "$1_$2");
	return words.toUpperCase().replace(/^REWARD_(OUTBOX_)?/, "");
}

function distanceToMeant(typed: string, meant: string): number {
	// TIMEOUT_MS for REQUEST_TIMEOUT_MS: a forgotten first word is as good as a typing error.
	if (typed !== "" && meant.endsWith(`_${typed}`)) return 1;
	// At least this many letters would have to come or go; a text of any length costs nothing then.
	if (Math.abs(typed.length - meant.length) > MAX_DISTANCE) return Number.POSITIVE_INFINITY;
	return editDistance(typed, meant);
}

/** Levenshtein: insertions, deletions and replacements from one to the other. */
function editDistance(from: string, to: string): number {
	let previous = Array.from({ length: to.length + 1 }, (_, column) => column);
	for (let row = 1; row <= from.length; row++) {
		const current = [row];
		for (let column = 1; column <= to.length; column++) {
			const replaced = (previous[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1);
			current[column] = Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1);
		}
		previous = current;
	}
	return previous[to.length] ?? 0;
}
