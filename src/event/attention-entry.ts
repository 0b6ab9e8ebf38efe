import type { Facts, RelayFacts, TriggerFacts } from "./facts.ts";
import type { TriggerHold } from "./holding.ts";
import type { ReceiptBurst } from "./reconcile.ts";
import type { RecordState } from "./record-state.ts";
import type { KindStake, Stake } from "./stake.ts";

export const ATTENTION_CODES = [
	"not_adopted",
	"no_relay",
	"relay_paused",
	"reward_down",
	"uncertain_events",
	"dead_events",
	"trigger_paused",
	"unknown_triggers",
	"doubtful_triggers",
	"trigger_held_back",
	"overdue_events",
	"record_broken",
	"receipt_burst",
	"deaf_listener",
	"expired_leases",
	"lost_changes",
	"broken_watch",
	"watch_errors",
] as const;

export type AttentionCode = (typeof ATTENTION_CODES)[number];

/** One thing that a person should look at: what it is, and the data about it. */
interface Entry<Code extends AttentionCode, About> {
	/** Stable; docs/runbook.md has an entry for each. */
	readonly code: Code;
	/** The relay, trigger or watch it is about; null: the outbox as a whole. */
	readonly subject: string | null;
	/** `critical`: events wait or are held, and only a person ends it. `warning`: it will have to be seen to. */
	readonly severity: "critical" | "warning";
	/** By the database's clock; null: not on record. */
	readonly since: Date | null;
	readonly about: About;
}

type Count = { readonly count: number };
/** `stake`: what they are worth; left out: not known. */
type Valued = Count & { readonly stake?: KindStake };

/** Something that a person should look at. What to call it and what ends it is worded in src/words/attention.ts. */
export type Attention =
	| Entry<"no_relay", { readonly last: Facts["last_relay"] }>
	| Entry<"not_adopted" | "relay_paused", { readonly relays: readonly RelayFacts[] }>
	| Entry<"reward_down", { readonly saying: number; readonly relays: number }>
	| Entry<"uncertain_events" | "dead_events" | "expired_leases" | "lost_changes" | "watch_errors", Valued>
	| Entry<"trigger_paused", TriggerFacts | PausedGroup>
	| Entry<"unknown_triggers" | "doubtful_triggers", PausedGroup>
	| Entry<"trigger_held_back", Count & { readonly holds: readonly TriggerHold[] }>
	| Entry<"overdue_events", { readonly ageMs: number; readonly someArePaused: boolean; readonly stake?: KindStake }>
	| Entry<"receipt_burst", { readonly bursts: readonly ReceiptBurst[] }>
	| Entry<"record_broken", Count>
	| Entry<"deaf_listener", { readonly names: readonly string[] }>
	| Entry<"broken_watch", { readonly watches: Condition["broken_watches"] }>;

/** The same for people. */
export interface AttentionInWords extends Omit<Entry<AttentionCode, never>, "about"> {
	/** What is wrong, in one sentence without its full stop. */
	readonly title: string;
	/** What ends it, with the commands. */
	readonly remedy: string;
}

/** Triggers that are paused for the same cause. */
export interface PausedGroup {
	/** See `TRIGGER_PAUSE_CODES`; null: people paused them. */
	readonly code: string | null;
	/** How many, counted up to {@link MOST_PAUSED_COUNTED}. */
	readonly triggers: number;
	/** Of the one that has been paused longest. */
	readonly since: Date;
	/** The watch that all of their waiting events come from; null: not one watch alone, or not looked for. */
	readonly watch: string | null;
}

/** All causes together. */
export const MOST_PAUSED_COUNTED = 10_000;

/** What is looked at: the part of an overview that can need a person, under its names there. */
export interface Condition {
	readonly now: Date;
	readonly events: { readonly dead: number; readonly uncertain: number };
	readonly oldest_due_age_seconds: number;
	readonly relays: readonly RelayFacts[];
	readonly last_relay: Facts["last_relay"];
	/** Those paused longest of each cause. */
	readonly paused_triggers: readonly TriggerFacts[];
	readonly paused_groups: readonly PausedGroup[];
	readonly expired_leases: number;
	readonly broken_watches: readonly { readonly name: string; readonly table: string; readonly problem: string }[];
	readonly unresolved_watch_errors: number;
	/** What events are worth; null: it cannot be told now. Left out: nobody has looked. */
	readonly stake?: Stake | null;
	/** How often a watch could neither capture a change nor record that. */
	readonly lost_changes: number;
	/** Triggers of which too many receipts came that no request explains. Left out: nobody has looked. */
	readonly receipt_bursts?: readonly ReceiptBurst[];
	/** Left out: nobody has looked. */
	readonly record?: RecordState;
}
