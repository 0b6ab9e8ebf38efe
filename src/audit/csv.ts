import { csvLine } from "../csv.ts";
import type { AttemptRecord, AuditRecord, DecisionRecord } from "./records.ts";

/** Every column of an attempt and of a decision, each under its name in the format. */
const COLUMNS = [
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
	"user_id",
	"payload",
	"metadata",
	"idempotency_key",
	"ordering_key",
	"source",
	"created_at",
	"operation_no",
	"actor",
	"action",
	"reason",
	"detail",
	"run_no",
] as const;

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
