import {
	type Attention,
	type AttentionCode,
	type Condition,
	MOST_PAUSED_COUNTED,
	type PausedGroup,
} from "./attention-entry.ts";
import { counted, earliest, grouped, someOf, TOLD_ALONE } from "./attention-groups.ts";
import type { TriggerFacts } from "./facts.ts";
import { heldCount, type TriggerHold } from "./holding.ts";
import { pauseReason, pauseRemedy } from "./remedy.ts";
import { sinceInWords } from "./span.ts";

/** One by one, or where many are paused for the same cause, one entry for it. */
export function pausedTriggers({ paused_triggers: paused, paused_groups: groups, now }: Condition): Attention[] {
	const isMany = (code: string | null) => groups.some((group) => group.code === code && group.triggers > TOLD_ALONE);
	return [
		...paused.filter(({ paused_code: code }) => !isMany(code)).map((trigger) => pausedTrigger(trigger, now)),
		...groups.filter(({ code }) => isMany(code)).map((group) => pausedGroup(group, now)),
	];
}

function pausedTrigger(trigger: TriggerFacts, now: Date): Attention {
	return {
		code: "trigger_paused",
		subject: trigger.trigger_id,
		// What a person paused, a person knows of; what Reward does not know is new to everybody.
		severity: trigger.probe_at === null ? "warning" : "critical",
		since: trigger.paused_at,
		title: `The trigger ${trigger.trigger_id} is ${pauseReason(trigger, now)}`,
		remedy: pauseRemedy(trigger, now),
	};
}

function pausedGroup({ code, triggers, since, watch }: PausedGroup, now: Date): Attention {
	const { attention, severity, are, remedy } = groupWords(code, watch);
	const many = `${triggers >= MOST_PAUSED_COUNTED ? "at least " : ""}${counted(triggers, "trigger is", "triggers are")}`;
	const from = watch === null ? "" : `, all from watch ${watch}`;
	const title = `${many} ${are}${from}, the first ${sinceInWords(since, now)}`;
	return { code: attention, subject: null, severity, since, title, remedy };
}

interface GroupWords extends Pick<Attention, "severity" | "remedy"> {
	readonly attention: AttentionCode;
	readonly are: string;
}

function groupWords(code: string | null, watch: string | null): GroupWords {
	switch (code) {
		case null:
			return {
				attention: "trigger_paused",
				severity: "warning",
				are: "paused by people",
				remedy: "See which and why: reward-outbox triggers list. To end a pause: reward-outbox triggers resume TRIGGER",
			};
		case "unknown_trigger":
			return {
				attention: "unknown_triggers",
				severity: "critical",
				are: "unknown to Reward",
				remedy: `${watch === null ? "See which: reward-outbox triggers list." : "See how the rule makes their ids: reward-outbox watches list."} Create them in Reward, then they resume by themselves; or mend what makes the ids, and take their events back: reward-outbox events cancel ID`,
			};
		default:
			return {
				attention: "doubtful_triggers",
				severity: "critical",
				are: "paused because Reward's answers leave open whether their events were applied",
				remedy:
					"See the answers: reward-outbox triggers list. Mend what answers so, then: reward-outbox triggers resume TRIGGER",
			};
	}
}

/** Failing or hanging triggers: they wait for Reward, but a person may know why. Being slowed down is no trouble. */
export function heldTriggers({ relays, now }: Condition): Attention[] {
	const troubled = relays
		.filter(({ holding }) => holding.everything === null)
		.flatMap(({ holding }) => holding.triggers)
		.filter(({ code }) => code === "failing" || code === "hanging");
	const byTrigger = [...Map.groupBy(troubled, ({ trigger_id: id }) => id).values()];
	// What a relay holds back beyond those that it names may be the same as another's: the largest number is certain.
	const most = Math.max(byTrigger.length, ...relays.map(({ holding }) => heldCount(holding)));
	return grouped(
		byTrigger,
		(holds) => heldTrigger(holds, now),
		(all) => manyHeld(all, most, now),
	);
}

const HELD = {
	code: "trigger_held_back",
	severity: "warning",
} as const;

function heldTrigger(holds: readonly TriggerHold[], now: Date): Attention {
	const { trigger_id: id, code } = holds[0] as TriggerHold;
	const since = earliest(holds.map((hold) => hold.since));
	const what =
		code === "failing"
			? "in trouble: its last events failed, so one at a time is tried"
			: "hanging: its requests have no answer, so no more are made";
	return {
		...HELD,
		subject: id,
		since,
		title: `The trigger ${id} is ${what}${since === null ? "" : `, ${sinceInWords(since, now)}`}`,
		remedy:
			"See how its events failed: reward-outbox events list --status pending, then reward-outbox events why ID. It recovers by itself with the first answer that is no failure",
	};
}

function manyHeld(all: readonly (readonly TriggerHold[])[], most: number, now: Date): Attention {
	const since = earliest(all.flat().map((hold) => hold.since));
	const names = all.map(([hold]) => (hold as TriggerHold).trigger_id);
	return {
		...HELD,
		subject: null,
		since,
		title: `${counted(most, "trigger is", "triggers are")} in trouble (${someOf(names)}): their last events failed or have no answer, so few of them are tried${since === null ? "" : `, ${sinceInWords(since, now)}`}`,
		remedy:
			"See which and why: reward-outbox triggers list, then reward-outbox events why ID. They recover by themselves with the first answer that is no failure",
	};
}
