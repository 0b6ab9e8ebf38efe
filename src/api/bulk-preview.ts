import type { BulkAction } from "../store/bulk-runs.ts";
import type { Selection, SelectionGroup } from "../store/inspect/bulk-selection.ts";
import { refusalInWords } from "../words/refusal.ts";

/** What a run would do to a selection, in numbers. */
export interface Forecast {
	readonly matching: number;
	readonly at_least: boolean;
	readonly will_change: number;
	readonly by_status: Readonly<Record<string, number>>;
	readonly by_trigger: readonly { readonly trigger_id: string; readonly events: number }[];
	readonly may_duplicate: number;
	readonly left_out: readonly { readonly reason: string; readonly events: number }[];
	/** Some of the events that would change, the oldest first. */
	readonly sampleIds: readonly string[];
}

const TRIGGERS_SHOWN = 20;
const SAMPLE = 5;

export function forecast(
	{ groups, more }: Selection,
	order: { readonly action: BulkAction; readonly max: number },
): Forecast {
	const matching = groups.reduce((sum, { events }) => sum + events, 0);
	const byStatus = new Map<string, number>();
	const byTrigger = new Map<string, number>();
	const leftOut = new Map<string, number>();
	const samples: string[] = [];
	let [willChange, mayDuplicate] = [0, 0];
	for (const group of groups) {
		add(byStatus, group.status, group.events);
		add(byTrigger, group.trigger_id, group.events);
		const reason = whyLeftOut(group, order);
		if (reason !== null) add(leftOut, reason, group.events);
		else {
			willChange += group.events;
			samples.push(...group.first_ids);
			if (order.action === "retry" && mayRepeat(group)) mayDuplicate += group.events;
		}
	}
	return {
		matching,
		at_least: more,
		will_change: willChange,
		by_status: Object.fromEntries(byStatus),
		by_trigger: largest(byTrigger)
			.slice(0, TRIGGERS_SHOWN)
			.map(([trigger_id, events]) => ({ trigger_id, events })),
		may_duplicate: mayDuplicate,
		left_out: largest(leftOut).map(([reason, events]) => ({ reason, events })),
		sampleIds: samples.sort().slice(0, SAMPLE),
	};
}

function whyLeftOut(
	group: SelectionGroup,
	order: { readonly action: BulkAction; readonly max: number },
): string | null {
	if (group.beyond) return `more than the ${order.max} oldest, which are asked for`;
	return group.refused === null ? null : refusalInWords(group.refused, order.action, group.status);
}

function mayRepeat({ status, may_be_applied }: SelectionGroup): boolean {
	return may_be_applied || status === "delivered" || status === "uncertain";
}

function add(counts: Map<string, number>, key: string, events: number): void {
	counts.set(key, (counts.get(key) ?? 0) + events);
}

function largest(counts: ReadonlyMap<string, number>): [string, number][] {
	return [...counts].sort(([, a], [, b]) => b - a);
}
