import { COLUMNS, rowOf } from "../audit/columns.ts";
import { csvHeader, csvOf } from "../audit/csv.ts";
import type { AuditRecord } from "../audit/records.ts";
import { terminalSafeJsonText } from "../escape.ts";

/** How the record is written: what comes first, what a line of it becomes, and what comes last. */
export interface AuditFormat {
	readonly begin: () => string | Uint8Array;
	readonly line: (line: string) => string | Uint8Array;
	readonly end: () => string | Uint8Array;
}

export type AuditFormatName = "ndjson" | "csv" | "parquet";

export async function auditFormat(name: AuditFormatName): Promise<AuditFormat> {
	const nothing = () => "";
	switch (name) {
		case "ndjson":
			return { begin: nothing, line: (line) => `${terminalSafeJsonText(line)}\n`, end: nothing };
		case "csv":
			return { begin: csvHeader, line: (line) => csvOf(JSON.parse(line) as AuditRecord), end: nothing };
		case "parquet":
			return await parquet();
		default:
			return name satisfies never;
	}
}

async function parquet(): Promise<AuditFormat> {
	const { ParquetFile } = await import("./parquet.ts");
	const file = new ParquetFile(COLUMNS);
	return {
		begin: () => "",
		line: (line) => {
			const row = rowOf(JSON.parse(line) as AuditRecord);
			return row === null ? "" : file.add(row);
		},
		end: () => file.end(),
	};
}
