import { BYTE_ORDER_MARK, csvLine } from "../csv.ts";
import type { Database } from "../store/database.ts";
import { listOperations, type OperationFilter, type OperationRow } from "../store/inspect/list-operations.ts";
import { answerText } from "./wire.ts";

const PAGE = 500;
const MOST_ROWS = 100_000;

const COLUMNS = [
	"at",
	"actor",
	"action",
	"event_id",
	"trigger_id",
	"reason",
	"run_no",
	"detail",
] as const satisfies readonly (keyof OperationRow)[];

/** Decisions as text, page by page: the next one is read when the reader has taken the one before. */
export async function* exportOperations(
	database: Database,
	filter: OperationFilter,
	format: "csv" | "jsonl",
): AsyncGenerator<string> {
	const toText = format === "csv" ? csvRow : ({ cursor: _, ...row }: OperationRow) => `${answerText(row)}\n`;
	if (format === "csv") yield BYTE_ORDER_MARK + csvLine(COLUMNS);
	let cursor: string | null = null;
	for (let left = MOST_ROWS; left > 0; left -= PAGE) {
		const from: { cursor?: string } = cursor === null ? {} : { cursor };
		const page = await listOperations(database, { filter, limit: PAGE, ...from });
		yield page.operations.map(toText).join("");
		cursor = page.nextCursor;
		if (cursor === null) return;
	}
}

function csvRow(row: OperationRow): string {
	return csvLine(
		COLUMNS.map((name) => {
			const value = row[name];
			if (name === "detail") return value === null ? null : answerText(value);
			return value instanceof Date ? value.toISOString() : (value as string | null);
		}),
	);
}
