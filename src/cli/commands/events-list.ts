import type { Command } from "commander";
import type { EventRow } from "../../store/inspect/list-events.ts";
import { wholeNumber } from "../arguments.ts";
import type { CommandContext } from "../context.ts";
import { withCurrentSchema } from "../current-schema.ts";
import { type FilterFlags, filterOf, filterOptions } from "../event-filter.ts";
import { type Cell, formatRelativeTime, printJsonLines, printTable } from "../output.ts";

interface ListFlags extends FilterFlags {
	readonly limit: number;
	readonly cursor?: string;
	readonly json?: true;
}

const EXAMPLES = `
With --json every line has a cursor: give the last one to --cursor for the page that follows.

Examples:
  $ reward-outbox events list --user user123
  $ reward-outbox events list --status dead --since 2h
  $ reward-outbox events list --trigger successful_payment --until 2026-03-01 --json`;

export function registerList(events: Command, context: CommandContext): void {
	filterOptions(events.command("list"))
		.summary("list events, newest first")
		.description("Lists events, newest first, a page at a time.")
		.option("--limit <n>", "events of a page", wholeNumber(1, 1000), 50)
		.option("--cursor <c>", "go on where the page with this cursor ended")
		.option("--json", "print JSON lines")
		.addHelpText("after", EXAMPLES)
		.action((flags: ListFlags) => runList(flags, context));
}

async function runList(flags: ListFlags, context: CommandContext): Promise<void> {
	const [{ listEvents }, { cursorAfter }] = await Promise.all([
		import("../../store/inspect/list-events.ts"),
		import("../../store/inspect/cursor.ts"),
	]);
	const { limit, cursor } = flags;
	const request = { filter: filterOf(flags), limit, ...(cursor === undefined ? {} : { cursor }) };
	const page = await withCurrentSchema(context, "events list", (db) => listEvents(db, request));
	if (flags.json) {
		printJsonLines(
			context,
			page.events.map((event) => ({ ...event, cursor: cursorAfter(event.id) })),
		);
		return;
	}
	if (page.events.length === 0) context.stderr.write("no events match\n");
	else printEvents(context, page.events, page.now);
	if (page.nextCursor !== null) context.stderr.write(`there are more: add --cursor ${page.nextCursor}\n`);
}

function printEvents(context: CommandContext, events: readonly EventRow[], now: Date): void {
	const columns = [
		{ header: "ID" },
		{ header: "STATUS" },
		{ header: "TRIGGER", cap: 40 },
		{ header: "USER", cap: 40 },
		{ header: "TRIES", align: "right" as const },
		{ header: "WRITTEN" },
		{ header: "" },
	];
	printTable(
		context,
		columns,
		events.map((event) => [
			event.id,
			event.status,
			event.trigger_id,
			event.user_id,
			event.attempts,
			formatRelativeTime(event.created_at, now),
			remark(event, now),
		]),
	);
}

/** The one thing worth knowing in a list. */
function remark(event: EventRow, now: Date): Cell {
	const { status, next_attempt_at: next, delivered_at: delivered, last_error: error } = event;
	switch (status) {
		case "pending":
			return [next !== null && next > now ? `next ${formatRelativeTime(next, now)}` : "due", error]
				.filter(Boolean)
				.join(", ");
		case "delivered":
			return delivered === null ? "" : `delivered ${formatRelativeTime(delivered, now)}`;
		case "sending":
			return "";
		case "dead":
		case "uncertain":
		case "cancelled":
			return error ?? "";
		default:
			return status satisfies never;
	}
}
