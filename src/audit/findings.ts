/** What is wrong with a record, for programs; docs/audit.md explains each. */
export type FindingCode =
	| "entry_changed"
	| "entry_missing"
	| "attempt_changed"
	| "attempt_removed"
	| "attempt_added"
	| "decision_changed"
	| "decision_removed"
	| "decision_added"
	| "text_removed"
	| "content_changed"
	| "state_changed"
	| "state_removed"
	| "cut_unrecorded"
	| "switch_unrecorded"
	| "tail_cut"
	| "anchor_differs"
	| "not_whole";

/** One thing that is wrong, and where. */
export interface Finding {
	readonly code: FindingCode;
	/** Null: it is in none. */
	readonly chain: string | null;
	readonly entry_no: number | null;
	readonly event_id: string | null;
	readonly attempt: number | null;
	readonly operation_no: number | null;
	readonly message: string;
}

export interface Verdict {
	readonly ok: boolean;
	/** Only what was recorded since then was looked at; null: everything. */
	readonly since: string | null;
	readonly chains: number;
	readonly entries: number;
	readonly attempts: number;
	readonly decisions: number;
	/** Events that went by retention or erasure, and are on record as that. */
	readonly removed: number;
	/** Recorded before the record was chained, or while that was off: nothing says that they are as they were. */
	readonly not_chained: number;
	/** Recorded just now, and not yet in a chain. */
	readonly pending: number;
	/** Hashes that were told outside and are as they were told. */
	readonly anchors: number;
	/** How many; of them all, the first are listed. */
	readonly problems: number;
	readonly findings: readonly Finding[];
}

export function entriesInWords(first: number, last: number): string {
	return first === last ? `entry ${first}` : `entries ${first} to ${last}`;
}
