import type { Database } from "../store/database.ts";
import type { EventFilter, Instant } from "../store/inspect/filter.ts";
import { type EventRow, listEvents } from "../store/inspect/list-events.ts";
import { BYTE_ORDER_MARK, csvLine } from "./csv.ts";
import { answerText } from "./wire.ts";

const PAGE = 500;

/** The columns of a CSV export, in their order: those of the view reward_outbox.events. */
export const EXPORT_COLUMNS = [
	"id",
	"trigger_id",
	"user_id",
	"status",
	"attempts",
	"created_at",
	"next_attempt_at",
	"delivered_at",
	"last_outcome",
	"last_http_status",
	"last_error",
	"idempotency_key",
	"ordering_key",
	"source",
	"payload",
	"metadata",
] as const satisfies readonly (keyof EventRow)[];

/** Events as text, page by page: the next one is read when the reader has taken the one before. */
export async function* exportEvents(
	database: Database,
	request: { readonly filter: EventFilter; readonly format: "csv" | "jsonl"; readonly max: number },
): AsyncGenerator<string> {
	let head = request.format === "csv" ? BYTE_ORDER_MARK + csvLine(EXPORT_COLUMNS) : "";
	const toText = request.format === "csv" ? csvRow : (row: EventRow) => `${answerText(row)}\n`;
	let { filter } = request;
	let left = request.max;
	let cursor: string | null = null;
	do {
		const page = await listEvents(database, {
			filter,
			limit: Math.min(PAGE, left),
			...(cursor === null ? {} : { cursor }),
		});
		// "Two hours ago" is meant from the beginning of the export.
		filter = fixed(filter, page.now);
		left -= page.events.length;
		cursor = page.nextCursor;
		yield head + page.events.map(toText).join("");
		head = "";
	} while (cursor !== null && left > 0);
}

function fixed(filter: EventFilter, now: Date): EventFilter {
	const at = (instant: Instant): Instant =>
		instant.kind === "absolute"
			? instant
			: { kind: "absolute", iso: new Date(now.getTime() - instant.ms).toISOString() };
	return {
		...filter,
		...(filter.since === undefined ? {} : { since: at(filter.since) }),
		...(filter.until === undefined ? {} : { until: at(filter.until) }),
	};
}

function csvRow(row: EventRow): string {
	return csvLine(
		EXPORT_COLUMNS.map((name) => {
			const value = row[name];
			if (name === "payload" || name === "metadata") return value === null ? null : JSON.stringify(value);
			return value instanceof Date ? value.toISOString() : (value as string | number | null);
		}),
	);
}
