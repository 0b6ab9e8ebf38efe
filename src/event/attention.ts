import { ATTENTION_CODES, type Attention, type Condition } from "./attention-entry.ts";
import { deafRelays, pausedRelays, rewardDown } from "./attention-of-relays.ts";
import { heldTriggers, pausedTriggers, receiptBursts } from "./attention-of-triggers.ts";
import { brokenWatches } from "./attention-of-watches.ts";
import type { KindStake } from "./stake.ts";

/** A due event that has waited for longer needs an explanation: relays that work take seconds at most. */
const OVERDUE_AFTER_S = 60;

/**
 * Everything that needs a person, in the order in which to see to it: what stops all of it first. Empty: all is well.
 */
export function attention(condition: Condition): Attention[] {
	return [
		...noRelay(condition),
		...pausedRelays(condition),
		...rewardDown(condition),
		...endedEvents(condition),
		...pausedTriggers(condition),
		...heldTriggers(condition),
		...overdue(condition),
		...brokenRecord(condition),
		...receiptBursts(condition),
		...deafRelays(condition),
		...expiredLeases(condition),
		...lostByWatches(condition),
		...brokenWatches(condition),
		...missedByWatches(condition),
	].sort((a, b) => ATTENTION_CODES.indexOf(a.code) - ATTENTION_CODES.indexOf(b.code));
}

function noRelay({ relays, last_relay: last }: Condition): Attention[] {
	if (relays.length > 0) return [];
	const since = last === null ? null : (last.stopped_at ?? last.seen_at);
	return [{ code: "no_relay", subject: null, severity: "critical", since, about: { last } }];
}

function endedEvents({ events: { dead, uncertain }, stake }: Condition): Attention[] {
	return [
		...ifAny("uncertain_events", "critical", uncertain, stake?.uncertain),
		...ifAny("dead_events", "warning", dead, stake?.dead),
	];
}

function overdue({ oldest_due_age_seconds: age, paused_triggers: paused, now, stake }: Condition): Attention[] {
	if (age < OVERDUE_AFTER_S) return [];
	const someArePaused = paused.length > 0;
	return [
		{
			code: "overdue_events",
			subject: null,
			// A pause explains it, and has an entry of its own.
			severity: someArePaused ? "warning" : "critical",
			since: new Date(now.getTime() - age * 1000),
			about: { ageMs: age * 1000, someArePaused, ...valued(stake?.overdue) },
		},
	];
}

function expiredLeases({ expired_leases: expired }: Condition): Attention[] {
	return ifAny("expired_leases", "warning", expired);
}

function brokenRecord({ record }: Condition): Attention[] {
	const count = record?.problems ?? 0;
	if (count === 0) return [];
	const since = record?.verified_at ?? null;
	return [{ code: "record_broken", subject: null, severity: "critical", since, about: { count } }];
}

/** What is not on record anywhere else: nobody but a person can find it. */
function lostByWatches({ lost_changes: lost }: Condition): Attention[] {
	return ifAny("lost_changes", "critical", lost);
}

function missedByWatches({ unresolved_watch_errors: missed }: Condition): Attention[] {
	return ifAny("watch_errors", "warning", missed);
}

function ifAny(
	code: "uncertain_events" | "dead_events" | "expired_leases" | "lost_changes" | "watch_errors",
	severity: Attention["severity"],
	count: number,
	stake?: KindStake,
): Attention[] {
	return count === 0 ? [] : [{ code, subject: null, severity, since: null, about: { count, ...valued(stake) } }];
}

function valued(stake: KindStake | undefined): { readonly stake?: KindStake } {
	return stake === undefined ? {} : { stake };
}
