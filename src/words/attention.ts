import { attention } from "../event/attention.ts";
import {
	type Attention,
	type AttentionInWords,
	type Condition,
	MOST_PAUSED_COUNTED,
	type PausedGroup,
} from "../event/attention-entry.ts";
import type { RelayFacts, TriggerFacts } from "../event/facts.ts";
import type { TriggerHold } from "../event/holding.ts";
import type { KindStake } from "../event/stake.ts";
import { counted, someOf } from "./counts.ts";
import {
	LOST_CHANGES_REMEDY,
	lostChanges,
	missedChanges,
	pauseReason,
	pauseRemedy,
	relayPauseReason,
	relayPauseRemedy,
	WATCH_ERRORS_REMEDY,
	watchRemedy,
} from "./remedy.ts";
import { momentInWords, sinceInWords, spanInWords } from "./span.ts";
import { worth } from "./stake.ts";

interface Valued {
	readonly count: number;
	readonly stake?: KindStake;
}

type Words = Pick<AttentionInWords, "title" | "remedy">;

/** Everything that needs a person, in words, in the order in which to see to it. */
export function attentionInWords(condition: Condition): AttentionInWords[] {
	return attention(condition).map((entry) => {
		const { about: _, ...rest } = entry;
		return { ...rest, ...wordsOf(entry, condition.now) };
	});
}

function wordsOf(entry: Attention, now: Date): Words {
	switch (entry.code) {
		case "no_relay":
			return noRelay(entry.about.last, now);
		case "not_adopted":
		case "relay_paused":
			return pausedRelays(entry.about.relays, now);
		case "reward_down":
			return rewardDown(entry, now);
		case "uncertain_events":
			return uncertainEvents(entry.about);
		case "dead_events":
			return deadEvents(entry.about);
		case "trigger_paused":
			return "triggers" in entry.about
				? pausedGroup(entry.about, PAUSED_BY_PEOPLE, now)
				: pausedTrigger(entry.about, now);
		case "unknown_triggers":
			return pausedGroup(entry.about, unknownToReward(entry.about), now);
		case "doubtful_triggers":
			return pausedGroup(entry.about, DOUBTFUL, now);
		case "trigger_held_back":
			return entry.subject === null ? manyHeld(entry, now) : heldTrigger(entry, now);
		case "overdue_events":
			return overdue(entry.about);
		case "record_broken":
			return brokenRecord(entry.about.count);
		case "receipt_burst":
			return receiptBurst(entry.about.bursts);
		case "deaf_listener":
			return deafRelays(entry.about.names);
		case "expired_leases":
			return expiredLeases(entry.about.count);
		case "broken_watch":
			return brokenWatches(entry.about.watches);
		case "lost_changes":
			return { title: `Watches: ${lostChanges(entry.about.count)}`, remedy: LOST_CHANGES_REMEDY };
		case "watch_errors":
			return { title: `Watches: ${missedChanges(entry.about.count)}`, remedy: WATCH_ERRORS_REMEDY };
		default:
			return entry satisfies never;
	}
}

function brokenRecord(count: number): Words {
	return {
		title: `The record was changed past the relays: audit verify found ${counted(count, "thing", "things")} wrong`,
		remedy: "What and where: reward-outbox audit verify. When it is explained, verify once more",
	};
}

function noRelay(last: Condition["last_relay"], now: Date): Words {
	const seen = last === null ? "none ever ran here" : `${last.name} was seen ${momentInWords(last.seen_at, now)}`;
	return {
		title: `No relay is alive (${seen}): nothing is sent`,
		remedy: "Start one: reward-outbox relay",
	};
}

function pausedRelays(relays: readonly RelayFacts[], now: Date): Words {
	const first = relays[0] as RelayFacts;
	const who = relays.length === 1 ? `The relay ${first.name} is` : counted(relays.length, "relay is", "relays are");
	return { title: `${who} ${relayPauseReason(first, now)}`, remedy: relayPauseRemedy(first.paused_code) };
}

function rewardDown({ since, about }: Extract<Attention, { code: "reward_down" }>, now: Date): Words {
	const who = about.saying === about.relays ? "" : `, as ${about.saying} of ${about.relays} relays see it`;
	return {
		title: `Reward counts as down${since === null ? "" : ` ${sinceInWords(since, now)}`}${who}: one event at a time is tried`,
		remedy:
			"There is nothing to restart: delivery resumes by itself when Reward answers. Whether this machine reaches it: reward-outbox doctor",
	};
}

function uncertainEvents({ count, stake }: Valued): Words {
	return {
		title: `${counted(count, "event is", "events are")} uncertain${worth(stake)}: Reward may or may not have applied ${count === 1 ? "it" : "them"}, and a repeat might pay again`,
		remedy:
			"List them: reward-outbox events list --status uncertain. Find out what Reward did, then: reward-outbox events resolve ID --as delivered|not-delivered --reason …",
	};
}

function deadEvents({ count, stake }: Valued): Words {
	return {
		title: `${counted(count, "event is", "events are")} dead${worth(stake)}: nothing more is tried`,
		remedy:
			"List them: reward-outbox events list --status dead; why: reward-outbox events why ID. Mend the cause, then: reward-outbox events retry ID, or reward-outbox events cancel ID",
	};
}

function pausedTrigger(trigger: TriggerFacts, now: Date): Words {
	return {
		title: `The trigger ${trigger.trigger_id} is ${pauseReason(trigger, now)}`,
		remedy: pauseRemedy(trigger, now),
	};
}

interface GroupWords {
	readonly are: string;
	readonly remedy: string;
}

const PAUSED_BY_PEOPLE: GroupWords = {
	are: "paused by people",
	remedy: "See which and why: reward-outbox triggers list. To end a pause: reward-outbox triggers resume TRIGGER",
};
const DOUBTFUL: GroupWords = {
	are: "paused because Reward's answers leave open whether their events were applied",
	remedy:
		"See the answers: reward-outbox triggers list. Mend what answers so, then: reward-outbox triggers resume TRIGGER",
};

function unknownToReward({ watch }: PausedGroup): GroupWords {
	const see =
		watch === null
			? "See which: reward-outbox triggers list."
			: "See how the rule makes their ids: reward-outbox watches list.";
	return {
		are: "unknown to Reward",
		remedy: `${see} Create them in Reward, then they resume by themselves; or mend what makes the ids, and take their events back: reward-outbox events cancel ID`,
	};
}

function pausedGroup({ triggers, since, watch }: PausedGroup, { are, remedy }: GroupWords, now: Date): Words {
	const many = `${triggers >= MOST_PAUSED_COUNTED ? "at least " : ""}${counted(triggers, "trigger is", "triggers are")}`;
	const from = watch === null ? "" : `, all from watch ${watch}`;
	return { title: `${many} ${are}${from}, the first ${sinceInWords(since, now)}`, remedy };
}

type Held = Extract<Attention, { code: "trigger_held_back" }>;

function heldTrigger({ since, about }: Held, now: Date): Words {
	const { trigger_id: id, code } = about.holds[0] as TriggerHold;
	const what =
		code === "failing"
			? "in trouble: its last events failed, so one at a time is tried"
			: "hanging: its requests have no answer, so no more are made";
	return {
		title: `The trigger ${id} is ${what}${since === null ? "" : `, ${sinceInWords(since, now)}`}`,
		remedy:
			"See how its events failed: reward-outbox events list --status pending, then reward-outbox events why ID. It recovers by itself with the first answer that is no failure",
	};
}

function manyHeld({ since, about: { count, holds } }: Held, now: Date): Words {
	const names = someOf(holds.map(({ trigger_id: id }) => id));
	return {
		title: `${counted(count, "trigger is", "triggers are")} in trouble (${names}): their last events failed or have no answer, so few of them are tried${since === null ? "" : `, ${sinceInWords(since, now)}`}`,
		remedy:
			"See which and why: reward-outbox triggers list, then reward-outbox events why ID. They recover by themselves with the first answer that is no failure",
	};
}

function overdue({ ageMs, someArePaused, stake }: Extract<Attention, { code: "overdue_events" }>["about"]): Words {
	const among = someArePaused ? ", those of paused triggers included" : "";
	return {
		title: `The oldest due event has waited for ${spanInWords(ageMs)}${among}${overdueWorth(stake)}`,
		remedy: "Find it: reward-outbox events list --status pending; what it waits for: reward-outbox events why ID",
	};
}

function overdueWorth(stake: KindStake | undefined): string {
	const amount = worth(stake);
	return amount === "" ? "" : `; ${counted(stake?.events ?? 0, "event is", "events are")} overdue${amount}`;
}

function receiptBurst(bursts: Extract<Attention, { code: "receipt_burst" }>["about"]["bursts"]): Words {
	const unexplained = bursts.reduce((sum, burst) => sum + burst.unexplained, 0);
	const all = bursts.reduce((sum, burst) => sum + burst.unexplained + burst.measured, 0);
	const names = someOf(bursts.map(({ trigger_id: id }) => id));
	return {
		title: `${unexplained} of the last ${counted(all, "receipt")} of ${names} are explained by nothing that was sent: made up, doubled, or sent past the outbox`,
		remedy:
			"See which: reward-outbox receipts list. Nothing is confirmed by receipts of these triggers meanwhile. If the path of the webhooks has become known, replace its token: docs/receipts.md",
	};
}

function deafRelays(names: readonly string[]): Words {
	return {
		title:
			names.length === 1
				? `The relay ${names[0]} listens but does not hear: it finds events by polling only`
				: `${counted(names.length, "relay listens but does", "relays listen but do")} not hear (${someOf(names)}): they find events by polling only`,
		remedy: "Behind a pooler in transaction mode, give it a direct connection in DATABASE_LISTEN_URL.",
	};
}

function expiredLeases(count: number): Words {
	return {
		title: `${counted(count, "expired lease")}: a relay died while it was sending`,
		remedy: `The next relay reaps ${count === 1 ? "it" : "them"}: what was being sent counts as ambiguous. If this stays, no relay does: reward-outbox doctor`,
	};
}

function brokenWatches(watches: Condition["broken_watches"]): Words {
	const [first] = watches;
	if (first !== undefined && watches.length === 1) {
		return {
			title: `The watch ${first.name} on ${first.table} is broken: ${first.problem}`,
			remedy: watchRemedy(first.name),
		};
	}
	return {
		title: `${counted(watches.length, "watch is", "watches are")} broken (${someOf(watches.map(({ name }) => name))}). The first: ${first?.problem}`,
		remedy:
			"See each with its problem: reward-outbox watches list. Mend the rules, or the tables; then: reward-outbox watches replay-errors",
	};
}
