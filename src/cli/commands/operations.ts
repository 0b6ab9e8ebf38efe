import type { Command } from "commander";
import type { OperationFilter, OperationPage, OperationRow } from "../../store/inspect/list-operations.ts";
import { type Moment, moment, uuid, wholeNumber } from "../arguments.ts";
import type { CommandContext } from "../context.ts";
import { withCurrentSchema } from "../current-schema.ts";
import { identifier } from "../event-filter.ts";
import { formatRelativeTime, printJsonLines } from "../output.ts";
import { type Cell, printTable } from "../table.ts";

interface ListFlags {
	readonly action?: string;
	readonly actor?: string;
	readonly trigger?: string;
	readonly event?: string;
	readonly run?: number;
	readonly since?: Moment;
	readonly until?: Moment;
	readonly limit: number;
	readonly cursor?: string;
	readonly json?: true;
}

const HIGHEST_RUN = 999_999_999_999_999;

const EXAMPLES = `
A run over many events is one line; --run N lists what it decided, event by event. With --json every line has a cursor: give
the last one to --cursor for the page that follows.

Examples:
  $ reward-outbox operations list --since 7d
  $ reward-outbox operations list --actor anna --action resolve
  $ reward-outbox operations list --event 0192f7a4-8c1e-7b52-9d3f-5a6b7c8d9e0f
  $ reward-outbox operations list --run 4711 --json`;

export function registerOperations(program: Command, context: CommandContext): void {
	const operations = program
		.command("operations")
		.summary("see who decided what, when and why")
		.description("The record of what people decided: retries, cancellations, resolutions, pauses, policies, rules.");
	operations
		.command("list")
		.summary("list decisions, the latest first")
		.description("Lists what people decided, the latest first, a page at a time.")
		.option("--action <action>", "only this action: retry, cancel, resolve, pause, …", identifier)
		.option("--actor <name>", "only what this person did", identifier)
		.option("--trigger <id>", "only what is about this trigger", identifier)
		.option("--event <id>", "only what is about this event", uuid)
		.option("--run <n>", "what this run over many events decided, event by event", wholeNumber(1, HIGHEST_RUN))
		.option("--since <time>", "decided at this time or later: 2026-03-01, 2026-03-01T10:00Z, or 2h (ago)", moment)
		.option("--until <time>", "decided before this time", moment)
		.option("--limit <n>", "decisions of a page", wholeNumber(1, 1000), 50)
		.option("--cursor <c>", "go on where the page with this cursor ended")
		.option("--json", "print JSON lines")
		.addHelpText("after", EXAMPLES)
		.action((flags: ListFlags) => runList(flags, context));
}

async function runList(flags: ListFlags, context: CommandContext): Promise<void> {
	const { listOperations } = await import("../../store/inspect/list-operations.ts");
	const { limit, cursor } = flags;
	const request = { filter: filterOf(flags), limit, ...(cursor === undefined ? {} : { cursor }) };
	const page = await withCurrentSchema(context, "operations list", (db) => listOperations(db, request));
	if (flags.json) return printJsonLines(context, page.operations);
	if (page.operations.length === 0) context.stderr.write("no decisions match\n");
	else printOperations(context, page);
	if (page.nextCursor !== null) context.stderr.write(`there are more: add --cursor ${page.nextCursor}\n`);
}

function filterOf({ action, actor, trigger, event, run, since, until }: ListFlags): OperationFilter {
	return {
		...(action === undefined ? {} : { action }),
		...(actor === undefined ? {} : { actor }),
		...(trigger === undefined ? {} : { trigger }),
		...(event === undefined ? {} : { event }),
		...(run === undefined ? {} : { run: String(run) }),
		...(since === undefined ? {} : { since }),
		...(until === undefined ? {} : { until }),
	};
}

function printOperations(context: CommandContext, { operations, now }: OperationPage): void {
	printTable(
		context,
		[
			{ header: "WHEN" },
			{ header: "BY", shrinksTo: 12 },
			{ header: "ACTION" },
			{ header: "ABOUT", cap: 80, shrinksTo: 36 },
			{ header: "DETAIL", cap: 120, rank: 1, shrinksTo: 24 },
			{ header: "REASON", cap: 300, isProse: true },
		],
		operations.map((operation): Cell[] => [
			formatRelativeTime(operation.at, now),
			operation.actor,
			operation.action,
			about(operation),
			operation.detail === null ? "" : JSON.stringify(operation.detail),
			operation.reason ?? "",
		]),
	);
}

function about({ event_id, trigger_id, run_no }: OperationRow): string {
	if (event_id !== null) return event_id;
	const run = run_no === null ? [] : [`run ${run_no}`];
	return [...run, ...(trigger_id === null ? [] : [trigger_id])].join(", ");
}
