import type { DeliveryMode, Status } from "./event.ts";
import type { Holding } from "./holding.ts";
import type { OutcomeClass } from "./outcome.ts";
import type { Evidence } from "./reconcile.ts";
import type { RefusalCode } from "./refusal.ts";

// Everything on record that bears on one event, under the names it has in the database: `events why --json` prints it
// as it is. Times are the database's.

export interface EventFacts {
	readonly id: string;
	readonly trigger_id: string;
	readonly user_id: string;
	readonly status: Status;
	/** Attempts begun, the one under way included. */
	readonly attempts: number;
	readonly created_at: Date;
	readonly deliver_after: Date | null;
	readonly next_attempt_at: Date | null;
	readonly delivered_at: Date | null;
	readonly ordering_key: string | null;
	/** The watch that captured it; null: the application wrote it. */
	readonly source: string | null;
	/** Attempts that do not count against the limit. */
	readonly excused: number;
	/** Waits behind an earlier event of its ordering key. */
	readonly blocked: boolean;
	/** No relay has read it yet. */
	readonly unread: boolean;
	/** Why it is dead, uncertain, cancelled or resolved, for a person. */
	readonly reason: string | null;
	/**
	 * Why a person cannot decide so now; null: they can. A retry as if duplicates were allowed, a resolution as
	 * delivered.
	 */
	readonly refused: Readonly<Record<"retry" | "cancel" | "resolve", RefusalCode | null>>;
}

export interface AttemptFacts {
	readonly attempt: number;
	readonly started_at: Date;
	/** Null: unknown, its relay died. */
	readonly duration_ms: number | null;
	readonly outcome: OutcomeClass;
	readonly http_status: number | null;
	readonly error_code: string | null;
	readonly error_message: string | null;
	readonly response_body: string | null;
	/** Of an answer that was not accepted, those that help to find out who gave it. Left out or null: none. */
	readonly response_headers?: Readonly<Record<string, string>> | null;
	readonly relay: string | null;
}

/** Something a person decided. */
export interface OperationFacts {
	readonly at: Date;
	readonly actor: string;
	readonly action: string;
	readonly reason: string | null;
	readonly detail: unknown;
}

export interface TriggerFacts {
	readonly trigger_id: string;
	readonly mode: DeliveryMode;
	/** Null: the relay's own limit. */
	readonly max_attempts: number | null;
	readonly rate_per_second: number | null;
	readonly max_in_flight: number | null;
	readonly paused_at: Date | null;
	readonly paused_by: string | null;
	readonly paused_reason: string | null;
	/** Why a relay paused it: see `TRIGGER_PAUSE_CODES`. Null: not paused, or by a person. */
	readonly paused_code: string | null;
	/** There is a reason, and it is not told here. */
	readonly is_reason_withheld?: boolean;
	/** Paused by a relay: when one event may be tried again. Null: not paused, or by a person. */
	readonly probe_at: Date | null;
	/** Receipts decide that an event was applied. Left out where nobody needs to know. */
	readonly auto_confirm?: boolean;
	/** Receipts, and the lack of one, decide that an event was not applied. Left out where nobody needs to know. */
	readonly auto_resend?: boolean;
}

/** A relay that was seen within the last half minute. */
export interface RelayFacts {
	readonly name: string;
	readonly version: string;
	readonly concurrency: number;
	readonly started_at: Date;
	readonly seen_at: Date;
	/** How it learns of new events: listening, polling, deaf or connecting. */
	readonly listener: string;
	readonly paused_since: Date | null;
	/** Why it sends nothing: see `PAUSE_CODES`. Null: it sends. */
	readonly paused_code: string | null;
	readonly paused_reason: string | null;
	/** What it holds back apart from that, as of `seen_at`. */
	readonly holding: Holding;
}

export interface Facts {
	readonly now: Date;
	readonly event: EventFacts;
	/** Oldest first; the middle of a very long history is left out. */
	readonly attempts: readonly AttemptFacts[];
	readonly attempts_left_out: number;
	/** Oldest first. */
	readonly operations: readonly OperationFacts[];
	/** What Reward's webhooks say about its ambiguous attempts; null or left out: it has none. */
	readonly evidence?: Evidence | null;
	/** Who holds it while it is being sent. */
	readonly claim: { readonly relay: string | null; readonly claimed_at: Date; readonly expires_at: Date } | null;
	/** The event of its ordering key that has to end first. */
	readonly held_back_by: { readonly id: string; readonly status: Status; readonly next_attempt_at: Date } | null;
	/** Events that wait behind it; counted up to 1000. */
	readonly holds_back: number;
	/** Null: its trigger has no settings of its own. */
	readonly trigger: TriggerFacts | null;
	/** Events of its trigger that are being sent after having waited. */
	readonly trigger_in_flight: number;
	readonly relays: readonly RelayFacts[];
	/** The relay seen last, when none is alive. */
	readonly last_relay: { readonly name: string; readonly seen_at: Date; readonly stopped_at: Date | null } | null;
	/** The limit that relays have unless they are configured otherwise. */
	readonly default_max_attempts: number;
}
