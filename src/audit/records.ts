import type { OutcomeClass } from "../event/outcome.ts";

// An export of the record, line by line: docs/audit.md. Numbers of entries and decisions stay below 2^53.

/** The first line. */
export interface HeaderRecord {
	readonly type: "record";
	readonly format: 1;
	readonly installation: string;
	/** The ids of this database before it was adopted, oldest first. */
	readonly lineage: readonly string[];
	readonly exported_at: string;
	/** Only what was recorded since then; null: everything. */
	readonly since: string | null;
	/** Whether what is recorded is chained. */
	readonly chained: boolean;
	/** Since when. What was recorded before may be in no chain. */
	readonly chained_since: string;
}

/** A chain, before its entries. */
export interface ChainRecord {
	readonly type: "chain";
	readonly chain: string;
	/** Entries up to this one went by retention; 0: none did. */
	readonly cut_through: number;
	readonly cut_hash: string;
	/** The last entry of which the database says that it was told outside. */
	readonly told_through: number;
}

/** What an entry lists. */
export type EntryKind = "attempts" | "decisions" | "removed" | "withdrawn" | "withdrawn_decisions" | "cut";

export interface EntryRecord {
	readonly type: "entry";
	readonly chain: string;
	readonly entry_no: number;
	readonly at: string;
	readonly kind: EntryKind;
	/** The hash of the entry before; empty: there was none. Null: it is not there. */
	readonly previous: string | null;
	readonly body: string;
	readonly hash: string;
}

/** What is recorded, but whose chain somebody else was appending to: it follows soon. */
export interface PendingRecord {
	readonly type: "pending";
	readonly chain: string;
	readonly kind: EntryKind;
	readonly body: string;
}

/**
 * What is digested of what an event holds, in this order: docs/audit.md. `json`: a text that can hold anything or
 * nothing, written as JSON. `plain`: as it is.
 */
export const CONTENT = {
	created_at: "json",
	source: "json",
	user_id: "plain",
	/** JSON text, as it was sent. */
	payload: "plain",
	/** JSON text. */
	metadata: "plain",
	idempotency_key: "json",
	ordering_key: "json",
} as const;

export const CONTENT_NAMES = Object.keys(CONTENT) as readonly (keyof typeof CONTENT)[];

/** An attempt with its event. Follows the entry that lists it. */
export interface AttemptRecord extends Readonly<Record<keyof typeof CONTENT, string | null>> {
	readonly type: "attempt";
	readonly event_id: string;
	readonly attempt: number;
	readonly outcome: OutcomeClass;
	readonly started_at: string;
	readonly duration_ms: number | null;
	readonly relay_no: number;
	readonly http_status: number | null;
	readonly error_code: string | null;
	readonly error_message: string | null;
	readonly message_salt: string | null;
	readonly message_digest: string | null;
	readonly response_body: string | null;
	readonly body_salt: string | null;
	readonly body_digest: string | null;
	readonly trigger_id: string | null;
	readonly content_salt: string;
	/** Not null: the event has lost part of its content. */
	readonly content_digest: string | null;
}

export interface DecisionRecord {
	readonly type: "decision";
	readonly operation_no: number;
	readonly at: string;
	readonly actor: string;
	readonly action: string;
	readonly event_id: string | null;
	readonly trigger_id: string | null;
	readonly run_no: number | null;
	readonly reason: string | null;
	/** JSON text. */
	readonly detail: string | null;
	readonly texts_salt: string | null;
	readonly texts_digest: string | null;
}

/** What follows is recorded, and in no chain. */
interface UnlistedRecord {
	readonly type: "unlisted";
}

/** An event whose state does not follow from attempts and decisions: nothing else is told of states. */
export interface StateRecord {
	readonly type: "state";
	readonly event_id: string;
	/** Null: it has none, and should have one. */
	readonly status: string | null;
}

/** The last line: without it the export is not whole. */
interface EndRecord {
	readonly type: "end";
	/** Lines before this one. */
	readonly lines: number;
}

export type AuditRecord =
	| HeaderRecord
	| ChainRecord
	| EntryRecord
	| PendingRecord
	| AttemptRecord
	| DecisionRecord
	| UnlistedRecord
	| StateRecord
	| EndRecord;
