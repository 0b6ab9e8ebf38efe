import type { Facts, RelayFacts, TriggerFacts } from "./facts.ts";
import { needsAdoption } from "./pause.ts";
import {
	missedChanges,
	pauseReason,
	pauseRemedy,
	relayPauseReason,
	relayPauseRemedy,
	WATCH_ERRORS_REMEDY,
	watchRemedy,
} from "./remedy.ts";
import { momentInWords, spanInWords } from "./span.ts";

export const ATTENTION_CODES = [
	"not_adopted",
	"no_relay",
	"relay_paused",
	"uncertain_events",
	"dead_events",
	"trigger_paused",
	"overdue_events",
	"deaf_listener",
	"expired_claims",
	"broken_watch",
	"watch_errors",
] as const;

export type AttentionCode = (typeof ATTENTION_CODES)[number];

/** Something that a person should look at. */
export interface Attention {
	/** Stable; docs/runbook.md has an entry for each. */
	readonly code: AttentionCode;
	/** The relay, trigger or watch it is about; null: the outbox as a whole. */
	readonly subject: string | null;
	/** `critical`: events wait or are held, and only a person ends it. `warning`: it will have to be seen to. */
	readonly severity: "critical" | "warning";
	/** By the database's clock; null: not on record. */
	readonly since: Date | null;
	/** What is the case: one sentence without its full stop. */
	readonly title: string;
	/** What ends it, with the commands. */
	readonly remedy: string;
}

/** What is looked at: the part of an overview that can need a person, under its names there. */
export interface Condition {
	readonly now: Date;
	readonly events: { readonly dead: number; readonly uncertain: number };
	readonly oldest_due_age_seconds: number;
	readonly relays: readonly RelayFacts[];
	readonly last_relay: Facts["last_relay"];
	readonly paused_triggers: readonly TriggerFacts[];
	readonly expired_claims: number;
	readonly broken_watches: readonly { readonly name: string; readonly table: string; readonly problem: string }[];
	readonly unresolved_watch_errors: number;
}

/** A due event that has waited for longer needs an explanation: relays that work take seconds at most. */
export const OVERDUE_AFTER_S = 60;

/** Everything that needs a person, in the order in which to see to it: what stops all of it first. Empty: all is well. */
export function attention(condition: Condition): Attention[] {
	return [
		...noRelay(condition),
		...condition.relays.flatMap((relay) => pausedRelay(relay, condition.now)),
		...endedEvents(condition),
		...condition.paused_triggers.map((trigger) => pausedTrigger(trigger, condition.now)),
		...overdue(condition),
		...condition.relays.flatMap(deafRelay),
		...expiredClaims(condition),
		...watches(condition),
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

function pausedRelay(relay: RelayFacts, now: Date): Attention[] {
	const reason = relayPauseReason(relay, now);
	if (reason === null) return [];
	const paused = { subject: relay.name, severity: "critical", since: relay.paused_since } as const;
	const title = `The relay ${relay.name} is ${reason}`;
	const code = needsAdoption(relay.paused_code) ? "not_adopted" : "relay_paused";
	return [{ ...paused, code, title, remedy: relayPauseRemedy(relay.paused_code) }];
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

function deafRelay(relay: RelayFacts): Attention[] {
	if (relay.listener !== "deaf") return [];
	return [
		{
			code: "deaf_listener",
			subject: relay.name,
			severity: "warning",
			since: null,
			title: `The relay ${relay.name} listens but does not hear: it finds events by polling only`,
			remedy: "Behind a pooler in transaction mode, give it a direct connection in DATABASE_LISTEN_URL.",
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

function watches({ broken_watches: broken, unresolved_watch_errors: missed }: Condition): Attention[] {
	const found = broken.map(
		({ name, table, problem }): Attention => ({
			code: "broken_watch",
			subject: name,
			severity: "critical",
			since: null,
			title: `The watch ${name} on ${table} is broken: ${problem}`,
			remedy: watchRemedy(name),
		}),
	);
	if (missed > 0)
		found.push({
			code: "watch_errors",
			subject: null,
			severity: "warning",
			since: null,
			title: `Watches: ${missedChanges(missed)}`,
			remedy: WATCH_ERRORS_REMEDY,
		});
	return found;
}

function counted(count: number, one: string, many: string): string {
	return `${count} ${count === 1 ? one : many}`;
}
