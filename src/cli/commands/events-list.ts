import type { Command } from "commander";
import type { EventRow } from "../../event/columns.ts";
import type { Database } from "../../store/database.ts";
import type { EventPage } from "../../store/inspect/list-events.ts";
import { wholeNumber } from "../arguments.ts";
import type { CommandContext } from "../context.ts";
import { withCurrentSchema } from "../current-schema.ts";
import { type FilterFlags, filterOf, filterOptions } from "../event-filter.ts";
import { eventRemark } from "../event-remark.ts";
import { escapeForTerminal, formatRelativeTime, printJsonLines, printNote } from "../output.ts";
import { Progress } from "../progress.ts";
import { printTable } from "../table.ts";

interface ListFlags extends FilterFlags {
	readonly limit: number;
	readonly cursor?: string;
	readonly json?: true;
}

const QUERY = "an id or its beginning, a user, an idempotency key, a trigger, or a value of the metadata";

const FIND_EXAMPLES = `
A name in front narrows the metadata: order 4711 finds order_id, orderId, order_number and whatever is in use.

Examples:
  $ reward-outbox events find 4711
  $ reward-outbox events find order 4711
  $ reward-outbox events find "order_id = 4711"
  $ reward-outbox events find 019a3c5e`;

const EXAMPLES = `
With --json every line has a cursor: give the last one to --cursor for the page that follows.

Examples:
  $ reward-outbox events list --user user123
  $ reward-outbox events list --status dead --since 2h
  $ reward-outbox events list --trigger successful_payment --until 2026-03-01 --json`;

export function registerList(events: Command, context: CommandContext): void {
	pageOptions(filterOptions(events.command("list")))
		.summary("list events, newest first")
		.description("Lists events, newest first, a page at a time.")
		.argument("[words...]", QUERY)
		.addHelpText("after", EXAMPLES)
		.action((words: string[], flags: ListFlags) => runList({ ...flags, typed: words.join(" ") }, context));
}

/** The same under the name that people look for. */
export function registerFind(events: Command, context: CommandContext): void {
	pageOptions(filterOptions(events.command("find")))
		.summary("find events by whatever is known of them")
		.description("Finds events, newest first, by whatever a customer or a log says, and says what was searched.")
		.argument("<words...>", QUERY)
		.addHelpText("after", FIND_EXAMPLES)
		.action((words: string[], flags: ListFlags) => runList({ ...flags, typed: words.join(" ") }, context));
}

function pageOptions(command: Command): Command {
	return command
		.option("--limit <n>", "events of a page", wholeNumber(1, 1000), 50)
		.option("--cursor <c>", "go on where the page with this cursor ended")
		.option("--json", "print JSON lines");
}

async function runList(flags: ListFlags & { readonly typed: string }, context: CommandContext): Promise<void> {
	const { cursorAfter } = await import("../../store/inspect/cursor.ts");
	const page = await withCurrentSchema(context, "events list", (db) => fullPage(db, flags, context));
	if (flags.json) {
		printJsonLines(
			context,
			page.events.map((event) => ({ ...event, cursor: cursorAfter(event.id) })),
		);
		return;
	}
	if (page.searched !== null) printNote(context, `searched: ${escapeForTerminal(page.searched.join("; "), 500)}`);
	if (page.events.length > 0) printEvents(context, page.events, page.now);
	else if (page.searchedUntil === null) context.stderr.write("no events match\n");
	if (page.searchedUntil !== null)
		printNote(
			context,
			`stopped at ${page.searchedUntil.toISOString()}; to search what was written before: add --cursor ${page.nextCursor}`,
		);
	else if (page.nextCursor !== null) context.stderr.write(`there are more: add --cursor ${page.nextCursor}\n`);
}

/** Goes on where a page that has its bounds leaves off, until the page is full, everything was searched, or Ctrl-C. */
async function fullPage(
	db: Database,
	{ limit, cursor, typed, ...flags }: ListFlags & { readonly typed: string },
	context: CommandContext,
): Promise<EventPage> {
	const { listEvents } = await import("../../store/inspect/list-events.ts");
	const asked = { filter: filterOf(flags), ...(typed.trim() === "" ? {} : { typed }) };
	let page = await listEvents(db, { ...asked, limit, ...(cursor === undefined ? {} : { cursor }) });
	if (page.nextCursor === null || page.events.length >= limit) return page;
	const stop = context.takeStopSignal();
	const progress = new Progress(context);
	while (page.events.length < limit && page.nextCursor !== null && !stop.aborted) {
		const { searchedUntil } = page;
		const back = searchedUntil === null ? "" : `, searched back to ${searchedUntil.toISOString()}`;
		progress.show(`${page.events.length} found${back}`);
		const next = await listEvents(db, { ...asked, limit: limit - page.events.length, cursor: page.nextCursor });
		page = { ...next, events: [...page.events, ...next.events] };
	}
	progress.end();
	return page;
}

function printEvents(context: CommandContext, events: readonly EventRow[], now: Date): void {
	const columns = [
		{ header: "ID" },
		{ header: "STATUS", isStatus: true as const },
		{ header: "TRIGGER", cap: 40, shrinksTo: 16 },
		{ header: "USER", cap: 40, shrinksTo: 12 },
		{ header: "TRIES", align: "right" as const, rank: 2 },
		{ header: "WRITTEN", rank: 1 },
		{ header: "REMARK", cap: 100, isProse: true as const },
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
			eventRemark(event, now),
		]),
	);
}
