import { Counter, type Registry } from "prom-client";
import type { Decision } from "../event/decide.ts";

/** No trigger of Reward is called that. */
export const OTHERS = "(others)";

/**
 * A relay's first so many triggers are counted one by one, all others together: whoever invents triggers costs no more.
 */
export const MOST_TRIGGERS = 50;
/** Of each of many databases. */
export const MOST_TRIGGERS_OF_MANY = 5;

type Next = Decision["next"];

interface Counted {
	readonly decisions: Record<Next, number>;
	/** Since they were written, or due. */
	deliveryMs: number;
}

/**
 * What happened to the events of each trigger. Every attempt counts, so the labels are not looked at before somebody
 * scrapes.
 */
export function registerTriggerCounters(
	registers: Registry[],
	mostTriggers: number,
): (trigger: string, next: Next, writtenToDeliveredMs: number | null) => void {
	const counted = new Map<string, Counted>([[OTHERS, nothing()]]);
	new Counter({
		name: "reward_outbox_trigger_decisions_total",
		help: "What attempts led to, by trigger.",
		labelNames: ["trigger", "next"],
		registers,
		collect() {
			for (const [trigger, { decisions }] of counted) {
				for (const [next, count] of Object.entries(decisions)) this.inc({ trigger, next }, count);
				Object.assign(decisions, nothing().decisions);
			}
		},
	});
	new Counter({
		name: "reward_outbox_trigger_delivery_seconds_total",
		help: "Time from the insert of events until Reward accepted them, added up, by trigger.",
		labelNames: ["trigger"],
		registers,
		collect() {
			for (const [trigger, one] of counted) {
				this.inc({ trigger }, one.deliveryMs / 1000);
				one.deliveryMs = 0;
			}
		},
	});
	return (trigger, next, writtenToDeliveredMs) => {
		const one = counted.get(trigger) ?? begin(counted, trigger, mostTriggers);
		one.decisions[next]++;
		one.deliveryMs += Math.max(0, writtenToDeliveredMs ?? 0);
	};
}

/** Counts a trigger by itself from now on, or with the others where there are many. */
function begin(counted: Map<string, Counted>, trigger: string, mostTriggers: number): Counted {
	if (counted.size > mostTriggers) return counted.get(OTHERS) as Counted;
	const one = nothing();
	counted.set(trigger, one);
	return one;
}

function nothing(): Counted {
	return { decisions: { delivered: 0, pending: 0, dead: 0, uncertain: 0 }, deliveryMs: 0 };
}
