import { csvLine } from "../csv.ts";
import { COLUMNS, rowOf } from "./columns.ts";
import type { AuditRecord } from "./records.ts";

export function csvHeader(): string {
	return csvLine(COLUMNS.map(({ name }) => name));
}

/** A line of CSV; nothing for what is only there to check the others. */
export function csvOf(record: AuditRecord): string {
	const row = rowOf(record);
	return row === null ? "" : csvLine(COLUMNS.map(({ name }) => row[name] ?? null));
}
