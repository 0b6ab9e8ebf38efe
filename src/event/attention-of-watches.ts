import type { Attention, Condition } from "./attention-entry.ts";
import { counted, grouped, someOf } from "./attention-groups.ts";
import { watchRemedy } from "./remedy.ts";

const BROKEN = { code: "broken_watch", severity: "critical", since: null } as const;

export function brokenWatches({ broken_watches: broken }: Condition): Attention[] {
	return grouped(
		broken,
		({ name, table, problem }) => ({
			...BROKEN,
			subject: name,
			title: `The watch ${name} on ${table} is broken: ${problem}`,
			remedy: watchRemedy(name),
		}),
		(all) => ({
			...BROKEN,
			subject: null,
			title: `${counted(all.length, "watch is", "watches are")} broken (${someOf(all.map(({ name }) => name))}). The first: ${all[0]?.problem}`,
			remedy:
				"See each with its problem: reward-outbox watches list. Mend the rules, or the tables; then: reward-outbox watches replay-errors",
		}),
	);
}
