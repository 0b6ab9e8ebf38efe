import type { Attention, Condition } from "./attention-entry.ts";
import { grouped } from "./attention-groups.ts";

export function brokenWatches({ broken_watches: broken }: Condition): Attention[] {
	return grouped(broken, (watches) => ({
		code: "broken_watch",
		subject: watches.length === 1 ? (watches[0]?.name ?? null) : null,
		severity: "critical",
		since: null,
		about: { watches },
	}));
}
