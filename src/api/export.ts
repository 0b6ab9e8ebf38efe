import { setImmediate as letOthersRun } from "node:timers/promises";
import { batchesOf } from "../batches.ts";
import { BYTE_ORDER_MARK, csvLine } from "../csv.ts";
import { EVENT_COLUMN_NAMES, EVENT_COLUMNS, type EventRow } from "../event/columns.ts";
import type { EventFilter, Instant } from "../store/inspect/filter.ts";
import { type EventPage, type ListRequest, listEvents } from "../store/inspect/list-events.ts";
import type { ConsoleParts } from "./server.ts";
import { answerText } from "./wire.ts";

/**
 * Each page waits for its turn among the searches, and is parsed at once: about a millisecond of the thread that a
 * relay may share.
 */
const PAGE = 500;
/** Rows made into text before everybody else has a turn. */
const AT_ONCE = 50;

/** Events as text, page by page: the next one is read when the reader has taken the one before. */
export async function* exportEvents(
	{ database, searches }: Pick<ConsoleParts, "database" | "searches">,
	request: { readonly filter: EventFilter; readonly format: "csv" | "jsonl"; readonly max: number },
): AsyncGenerator<string> {
	let head = request.format === "csv" ? BYTE_ORDER_MARK + csvLine(EVENT_COLUMN_NAMES) : "";
	const toText = request.format === "csv" ? csvRow : (row: EventRow) => `${answerText(row)}\n`;
	let { filter } = request;
	let left = request.max;
	let cursor: string | null = null;
	do {
		const limit = Math.min(PAGE, left);
		const asked: ListRequest = { filter, limit, ...(cursor === null ? {} : { cursor }) };
		const page: EventPage = await searches.runPatiently(() => listEvents(database, asked));
		// "Two hours ago" is meant from the beginning of the export.
		filter = fixed(filter, page.now);
		left -= page.events.length;
		cursor = page.nextCursor;
		if (head !== "") yield head;
		head = "";
		for (const rows of batchesOf(page.events, AT_ONCE)) {
			yield rows.map(toText).join("");
			await letOthersRun();
		}
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
		EVENT_COLUMN_NAMES.map((name) => {
			const value = row[name];
			if (EVENT_COLUMNS[name] === "json") return value === null ? null : JSON.stringify(value);
			return value instanceof Date ? value.toISOString() : (value as string | number | null);
		}),
	);
}
