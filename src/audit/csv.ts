import { csvLine } from "../csv.ts";
import { type AttemptRecord, type AuditRecord, CONTENT_NAMES, type DecisionRecord } from "./records.ts";

/** Every column of an attempt and of a decision, each under its name in the format. */
const COLUMNS: readonly string[] = [
	"type",
	"at",
	"event_id",
	"attempt",
	"outcome",
	"http_status",
	"error_code",
	"error_message",
	"duration_ms",
	"relay_no",
	"trigger_id",
	...CONTENT_NAMES,
	"operation_no",
	"actor",
	"action",
	"reason",
	"detail",
	"run_no",
];

export function csvHeader(): string {
	return csvLine(COLUMNS);
}

/** A line of CSV; nothing for what is only there to check the others. */
export function csvOf(record: AuditRecord): string {
	switch (record.type) {
		case "attempt":
			return lineOf({ ...record, at: record.started_at });
		case "decision":
			return lineOf(record);
		default:
			return "";
	}
}

function lineOf(record: Partial<AttemptRecord & DecisionRecord> | object): string {
	const values = record as Readonly<Record<string, string | number | null | undefined>>;
	return csvLine(COLUMNS.map((column) => values[column] ?? null));
}
