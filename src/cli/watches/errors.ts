import type { Command } from "commander";
import { UsageError } from "../../errors.ts";
import type { Database } from "../../store/database.ts";
import type { Replayed } from "../../store/watches/errors.ts";
import { each, wholeNumber } from "../arguments.ts";
import type { CommandContext } from "../context.ts";
import { withCurrentSchema } from "../current-schema.ts";
import { type DecisionFlags, deciderOf, decisionOptions } from "../decision.ts";
import { escapeForTerminal, printJson, printJsonLines, printLine } from "../output.ts";
import { Progress } from "../progress.ts";
import { type Cell, printTable } from "../table.ts";
import { noSuchWatch } from "./no-such-watch.ts";

const REPLAY_BATCH = 500;

const ERRORS_EXAMPLES = `
Examples:
  $ reward-outbox watches errors
  $ reward-outbox watches errors order_paid --all --json`;

const REPLAY_EXAMPLES = `
For after the rule has been mended: what it makes of each row that was kept is emitted, once. It can be stopped and run again.

Examples:
  $ reward-outbox watches replay-errors
  $ reward-outbox watches replay-errors order_paid`;

const DISMISS_EXAMPLES = `
For rows that need no event, or whose events were written by hand.

Examples:
  $ reward-outbox watches dismiss-errors order_paid --error 17 --error 18 --reason "test orders"
  $ reward-outbox watches dismiss-errors order_paid --reason "campaign was over"`;

/** What became of rows that rules could not capture. */
export function registerErrors(watches: Command, context: CommandContext): void {
	watches
		.command("errors")
		.summary("list what could not be captured")
		.description("Lists row changes that a rule could not turn into an event, the latest first.")
		.argument("[name]", "only of this rule")
		.option("--all", "also those that were replayed or dismissed")
		.option("--limit <n>", "at most n errors", wholeNumber(1, 10_000), 50)
		.option("--json", "print JSON lines")
		.addHelpText("after", ERRORS_EXAMPLES)
		.action((name: string | undefined, flags: ErrorsFlags) => runErrors(name, flags, context));
	watches
		.command("replay-errors")
		.summary("emit what was missed")
		.description("Emits what rules missed, from the rows that were kept.")
		.argument("[name]", "only of this rule")
		.option("--json", "print JSON lines")
		.addHelpText("after", REPLAY_EXAMPLES)
		.action((name: string | undefined, flags: { json?: true }) => runReplay(name ?? null, flags, context));
	const dismiss = watches
		.command("dismiss-errors")
		.summary("mark errors as needing nothing further")
		.description("Marks errors of a rule, all or some, as needing nothing further.")
		.argument("<name>", "the rule")
		.option("--error <n>", "the number of one error; may be repeated", each(wholeNumber(1, 999_999_999_999)));
	decisionOptions(dismiss, { reasonRequired: true })
		.addHelpText("after", DISMISS_EXAMPLES)
		.action((name: string, flags: DismissFlags) => runDismiss(name, flags, context));
}

interface ErrorsFlags {
	readonly all?: true;
	readonly limit: number;
	readonly json?: true;
}

async function runErrors(name: string | undefined, flags: ErrorsFlags, context: CommandContext): Promise<void> {
	const [{ listWatchErrors }, { isWatch }] = await Promise.all([
		import("../../store/watches/errors.ts"),
		import("../../store/watches/list.ts"),
	]);
	const request = { watch: name ?? null, resolvedToo: flags.all ?? false, limit: flags.limit };
	const errors = await withCurrentSchema(context, "watches errors", async (db) => {
		const found = await listWatchErrors(db, request);
		// Errors outlive their rule.
		if (found.length === 0 && name !== undefined && !(await isWatch(db, name))) throw await noSuchWatch(db, name);
		return found;
	});
	if (flags.json) return printJsonLines(context, errors);
	if (errors.length === 0) return void context.stderr.write("nothing is missing\n");
	printTable(
		context,
		[
			{ header: "NO", align: "right" },
			{ header: "RULE", shrinksTo: 12 },
			{ header: "AT", rank: 1 },
			{ header: "CHANGE", shrinksTo: 20 },
			{ header: "ROW", shrinksTo: 12 },
			{ header: "CODE", rank: 2 },
			{ header: "ERROR", cap: 200, isProse: true },
		],
		errors.map((error): Cell[] => [
			error.error_no,
			error.watch,
			error.at.toISOString(),
			`${error.operation} ${error.table_name}`,
			error.key === null ? null : JSON.stringify(error.key),
			error.error_code,
			error.resolution ?? error.error_message,
		]),
	);
	if (errors.length === flags.limit) context.stderr.write(`there may be more: --limit ${flags.limit * 2}\n`);
}

async function runReplay(name: string | null, flags: { json?: true }, context: CommandContext): Promise<void> {
	const total = await withCurrentSchema(context, "watches replay-errors", (db) => replayAll(db, name, flags, context));
	if (!flags.json) printLine(context, `${total.done} resolved, ${total.left} still missing`);
	if (total.stopped) context.stderr.write("stopped before the end; run it again for the rest\n");
	if (total.left > 0) context.failQuietly();
}

async function replayAll(db: Database, name: string | null, flags: { json?: true }, context: CommandContext) {
	const { countUnresolved, isKnownWatch, replayWatchErrors } = await import("../../store/watches/errors.ts");
	if (name !== null && !(await isKnownWatch(db, name))) throw await noSuchWatch(db, name);
	const stop = context.takeStopSignal();
	const progress = new Progress(context);
	const total = { done: 0, left: 0, stopped: false };
	const unresolved = context.stderrIsTerminal ? await countUnresolved(db, name) : null;
	let after = 0;
	try {
		while (!stop.aborted) {
			const batch = await replayWatchErrors(db, name, after, REPLAY_BATCH);
			if (batch.length === 0) return total;
			for (const row of batch) total[row.done ? "done" : "left"] += 1;
			progress.end();
			if (flags.json) printJsonLines(context, batch);
			else for (const row of batch.filter(({ done }) => !done)) complain(row, context);
			after = batch.at(-1)?.error_no ?? after;
			progress.advance(total.done + total.left, unresolved, "rows");
		}
		return { ...total, stopped: true };
	} finally {
		progress.end();
	}
}

function complain(row: Replayed, context: CommandContext): void {
	context.stderr.write(
		`${row.error_no} ${escapeForTerminal(`${row.watch} ${JSON.stringify(row.key)}: ${row.note}`, 400)}\n`,
	);
}

interface DismissFlags extends DecisionFlags {
	readonly reason: string;
	readonly error?: readonly number[];
}

async function runDismiss(name: string, flags: DismissFlags, context: CommandContext): Promise<void> {
	const { dismissWatchErrors } = await import("../../store/watches/errors.ts");
	const request = {
		watch: name,
		errorNos: flags.error ?? null,
		reason: flags.reason,
		actor: deciderOf(flags, context).actor,
	};
	const dismissed = await withCurrentSchema(context, "watches dismiss-errors", (db) => dismissWatchErrors(db, request));
	if (dismissed === 0)
		throw new UsageError(`${name} has no such unresolved error`, { hint: "see reward-outbox watches errors" });
	if (flags.json) printJson(context, { watch: name, dismissed });
	else printLine(context, `${dismissed} dismissed`);
}
