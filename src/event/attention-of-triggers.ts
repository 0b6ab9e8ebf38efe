import type { Attention, Condition, PausedGroup } from "./attention-entry.ts";
import { earliest, grouped, TOLD_ALONE } from "./attention-groups.ts";
import type { TriggerFacts } from "./facts.ts";
import { heldCount, type TriggerHold } from "./holding.ts";

/** One by one, or where many are paused for the same cause, one entry for it. */
export function pausedTriggers({ paused_triggers: paused, paused_groups: groups }: Condition): Attention[] {
	const isMany = (code: string | null) => groups.some((group) => group.code === code && group.triggers > TOLD_ALONE);
	return [
		...paused.filter(({ paused_code: code }) => !isMany(code)).map(pausedTrigger),
		...groups.filter(({ code }) => isMany(code)).map(pausedGroup),
	];
}

function pausedTrigger(trigger: TriggerFacts): Attention {
	return {
		code: "trigger_paused",
		subject: trigger.trigger_id,
		// What a person paused, a person knows of; what Reward does not know is new to everybody.
		severity: trigger.probe_at === null ? "warning" : "critical",
		since: trigger.paused_at,
		about: trigger,
	};
}

function pausedGroup(group: PausedGroup): Attention {
	const entry = { subject: null, since: group.since, about: group } as const;
	switch (group.code) {
		case null:
			return { ...entry, code: "trigger_paused", severity: "warning" };
		case "unknown_trigger":
			return { ...entry, code: "unknown_triggers", severity: "critical" };
		default:
			return { ...entry, code: "doubtful_triggers", severity: "critical" };
	}
}

/** Failing or hanging triggers: they wait for Reward, but a person may know why. Being slowed down is no trouble. */
export function heldTriggers({ relays }: Condition): Attention[] {
	const troubled = relays
		.filter(({ holding }) => holding.everything === null)
		.flatMap(({ holding }) => holding.triggers)
		.filter(({ code }) => code === "failing" || code === "hanging");
	const byTrigger = [...Map.groupBy(troubled, ({ trigger_id: id }) => id).values()];
	// What a relay holds back beyond those that it names may be the same as another's: the largest number is certain.
	const most = Math.max(byTrigger.length, ...relays.map(({ holding }) => heldCount(holding)));
	return grouped(byTrigger, (some) => held(some, some.length === 1 ? 1 : most));
}

function held(byTrigger: readonly (readonly TriggerHold[])[], count: number): Attention {
	const holds = byTrigger.map((of) => of[0] as TriggerHold);
	return {
		code: "trigger_held_back",
		subject: holds.length === 1 ? (holds[0] as TriggerHold).trigger_id : null,
		severity: "warning",
		since: earliest(byTrigger.flat().map((hold) => hold.since)),
		about: { count, holds },
	};
}

/** Somebody makes receipts up, or sends events past the outbox: nothing is confirmed by receipts meanwhile. */
export function receiptBursts({ receipt_bursts: bursts = [] }: Condition): Attention[] {
	return grouped(bursts, (some) => ({
		code: "receipt_burst",
		subject: some.length === 1 ? (some[0]?.trigger_id ?? null) : null,
		severity: "warning",
		since: earliest(some.map(({ since }) => since)),
		about: { bursts: some },
	}));
}
