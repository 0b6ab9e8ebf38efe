import { type AuditRecord, CONTENT_NAMES } from "./records.ts";

/** Every column of an attempt and of a decision, each under its name in the format. */
export const COLUMNS = [
	{ name: "type", type: "text" },
	{ name: "at", type: "time" },
	{ name: "event_id", type: "text" },
	{ name: "attempt", type: "integer" },
	{ name: "outcome", type: "text" },
	{ name: "http_status", type: "integer" },
	{ name: "error_code", type: "text" },
	{ name: "error_message", type: "text" },
	{ name: "duration_ms", type: "integer" },
	{ name: "relay_no", type: "integer" },
	{ name: "trigger_id", type: "text" },
	...CONTENT_NAMES.map((name) => ({ name, type: name === "created_at" ? "time" : "text" }) as const),
	{ name: "operation_no", type: "bigint" },
	{ name: "actor", type: "text" },
	{ name: "action", type: "text" },
	{ name: "reason", type: "text" },
	{ name: "detail", type: "text" },
	{ name: "run_no", type: "bigint" },
] as const;

export type AuditRow = Readonly<Record<string, string | number | null | undefined>>;

/** An attempt or a decision as a row of these; null: it is only there to check others. */
export function rowOf(record: AuditRecord): AuditRow | null {
	switch (record.type) {
		case "attempt":
			return { ...record, at: record.started_at };
		case "decision":
			return { ...record };
		default:
			return null;
	}
}
