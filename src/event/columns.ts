/**
 * The columns of the view reward_outbox.events, in the order of an export. `foreign`: text that a writer chose, which
 * may have no character in UTF-8. `json`: the same, read without parsing its numbers. `known`: made here.
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
} as const satisfies Readonly<Record<string, "known" | "foreign" | "json">>;

export type EventColumn = keyof typeof EVENT_COLUMNS;

export const EVENT_COLUMN_NAMES = Object.keys(EVENT_COLUMNS) as readonly EventColumn[];
