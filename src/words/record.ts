import type { RecordState } from "../event/record-state.ts";
import { counted } from "./counts.ts";

/** How the record is kept, in one line. @param ago how long a moment is past, in words */
export function recordInWords(
	{ chained, anchored_at, verified_at, problems }: RecordState,
	ago: (moment: Date) => string,
): string {
	if (!chained) return "in no chain: changes of it are not found";
	const told = anchored_at === null ? "never told outside" : `told outside ${ago(anchored_at)}`;
	return `chained, ${told}, ${verified(verified_at, problems, ago)}`;
}

function verified(at: Date | null, problems: number | null, ago: (moment: Date) => string): string {
	if (at === null) return "verified by nobody yet";
	const found = problems === 0 || problems === null ? "" : `: ${counted(problems, "thing is", "things are")} wrong`;
	return `verified ${ago(at)}${found}`;
}
