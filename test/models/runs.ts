/** The runs in a text that models/traces.sh printed: each begins with its event. */
export function runsIn(text: string): string[][] {
	return text
		.trim()
		.split(/^(?=event )/m)
		.map((run) => run.trim().split("\n"));
}

/** What a run does: each step by the event's mode, with what there was before it and after. */
export function transitionsIn([event, ...lines]: readonly string[]): Set<string> {
	const seen = new Set<string>();
	let before = "new";
	for (const line of lines) {
		const [step = "", after] = line.split(" | ");
		const [action, , lease] = step.split(" ");
		// What only happens to a relay, or to the time, is in no state.
		seen.add(after === undefined ? `${event}: ${action}` : `${event}: ${before} -> ${action} ${lease} -> ${after}`);
		before = after ?? before;
	}
	return seen;
}
