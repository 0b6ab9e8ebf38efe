import type { Status } from "./event.ts";
import type { OutcomeClass } from "./outcome.ts";

/** A row of the view reward_outbox.events, under the names it has there. */
export interface EventRow {
	readonly id: string;
	readonly trigger_id: string;
	readonly user_id: string;
	readonly status: Status;
	readonly attempts: number;
	readonly created_at: Date;
	readonly next_attempt_at: Date | null;
	readonly delivered_at: Date | null;
	readonly last_outcome: OutcomeClass | null;
	readonly last_http_status: number | null;
	readonly last_error: string | null;
	readonly idempotency_key: string | null;
	readonly ordering_key: string | null;
	readonly source: string | null;
	/** Numbers as they were written: for printing, not for computing. */
	readonly payload: unknown;
	readonly metadata: unknown;
}

export type EventColumn = keyof EventRow;

/**
 * Its columns in the order of an export. `foreign`: text that a writer chose, which may have no character in UTF-8.
 * `json`: the same, read without parsing its numbers. `known`: made here.
 */
export const EVENT_COLUMNS = {
	id: "known",
	trigger_id: "foreign",
	user_id: "foreign",
	status: "known",
	attempts: "known",
	created_at: "known",
	next_attempt_at: "known",
	delivered_at: "known",
	last_outcome: "known",
	last_http_status: "known",
	last_error: "known",
	idempotency_key: "foreign",
	ordering_key: "foreign",
	source: "known",
	payload: "json",
	metadata: "json",
} as const satisfies Readonly<Record<EventColumn, "known" | "foreign" | "json">>;

export const EVENT_COLUMN_NAMES = Object.keys(EVENT_COLUMNS) as readonly EventColumn[];
