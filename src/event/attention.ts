import { ATTENTION_CODES, type Attention, type Condition } from "./attention-entry.ts";
import { counted } from "./attention-groups.ts";
import { deafRelays, pausedRelays, rewardDown } from "./attention-of-relays.ts";
import { heldTriggers, pausedTriggers } from "./attention-of-triggers.ts";
import { brokenWatches } from "./attention-of-watches.ts";
import { missedChanges, WATCH_ERRORS_REMEDY } from "./remedy.ts";
import { momentInWords, spanInWords } from "./span.ts";

/** A due event that has waited for longer needs an explanation: relays that work take seconds at most. */
export const OVERDUE_AFTER_S = 60;

/** Everything that needs a person, in the order in which to see to it: what stops all of it first. Empty: all is well. */
export function attention(condition: Condition): Attention[] {
	return [
		...noRelay(condition),
		...pausedRelays(condition),
		...rewardDown(condition),
		...endedEvents(condition),
		...pausedTriggers(condition),
		...heldTriggers(condition),
		...overdue(condition),
		...deafRelays(condition),
		...expiredClaims(condition),
		...brokenWatches(condition),
		...missedByWatches(condition),
	].sort((a, b) => ATTENTION_CODES.indexOf(a.code) - ATTENTION_CODES.indexOf(b.code));
}

function noRelay({ relays, last_relay: last, now }: Condition): Attention[] {
	if (relays.length > 0) return [];
	const seen = last === null ? "none ever ran here" : `${last.name} was seen ${momentInWords(last.seen_at, now)}`;
	return [
		{
			code: "no_relay",
			subject: null,
			severity: "critical",
			since: last === null ? null : (last.stopped_at ?? last.seen_at),
			title: `No relay is alive (${seen}): nothing is sent`,
			remedy: "Start one: reward-outbox relay",
		},
	];
}

function endedEvents({ events: { dead, uncertain } }: Condition): Attention[] {
	const found: Attention[] = [];
	if (uncertain > 0)
		found.push({
			code: "uncertain_events",
			subject: null,
			severity: "critical",
			since: null,
			title: `${counted(uncertain, "event is", "events are")} uncertain: Reward may or may not have applied ${uncertain === 1 ? "it" : "them"}, and at most once was asked for`,
			remedy:
				"List them: reward-outbox events list --status uncertain. Find out what Reward did, then: reward-outbox events resolve ID --as delivered|not-delivered --reason …",
		});
	if (dead > 0)
		found.push({
			code: "dead_events",
			subject: null,
			severity: "warning",
			since: null,
			title: `${counted(dead, "event is", "events are")} dead: nothing more is tried`,
			remedy:
				"List them: reward-outbox events list --status dead; why: reward-outbox events why ID. Mend the cause, then: reward-outbox events retry ID, or reward-outbox events cancel ID",
		});
	return found;
}

function overdue({ oldest_due_age_seconds: age, paused_triggers: paused, now }: Condition): Attention[] {
	if (age < OVERDUE_AFTER_S) return [];
	const among = paused.length === 0 ? "" : ", those of paused triggers included";
	return [
		{
			code: "overdue_events",
			subject: null,
			// A pause explains it, and has an entry of its own.
			severity: paused.length === 0 ? "critical" : "warning",
			since: new Date(now.getTime() - age * 1000),
			title: `The oldest due event has waited for ${spanInWords(age * 1000)}${among}`,
			remedy: "Find it: reward-outbox events list --status pending; what it waits for: reward-outbox events why ID",
		},
	];
}

function expiredClaims({ expired_claims: expired }: Condition): Attention[] {
	if (expired === 0) return [];
	return [
		{
			code: "expired_claims",
			subject: null,
			severity: "warning",
			since: null,
			title: `${counted(expired, "expired claim", "expired claims")}: a relay went silent while it was sending`,
			remedy: `The next relay that looks writes ${expired === 1 ? "it" : "them"} off as ambiguous attempts; if this stays, no relay does: reward-outbox doctor`,
		},
	];
}

function missedByWatches({ unresolved_watch_errors: missed }: Condition): Attention[] {
	if (missed === 0) return [];
	return [
		{
			code: "watch_errors",
			subject: null,
			severity: "warning",
			since: null,
			title: `Watches: ${missedChanges(missed)}`,
			remedy: WATCH_ERRORS_REMEDY,
		},
	];
}
