import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import type { Database } from "../../store/database.ts";
import type { Overview } from "../../store/inspect/overview.ts";
import { attentionInWords } from "../../words/attention.ts";
import { wholeNumber } from "../arguments.ts";
import type { CommandContext } from "../context.ts";
import { withCurrentSchema } from "../current-schema.ts";
import { escapeForTerminal, printJson, printJsonLines, printLine } from "../output.ts";
import { printOverview } from "../status-screen.ts";
import { writtenAtOnce } from "../written-at-once.ts";

interface StatusFlags {
	/** Seconds; true: as often as is good. */
	readonly watch?: number | true;
	readonly json?: true;
}

const DEFAULT_WATCH_S = 2;

const EXAMPLES = `
With REWARD_OUTBOX_DATABASES_FILE it prints a line for each database, and ends with 1 when one cannot be read; with
--database NAME all of that one.

Examples:
  $ reward-outbox status
  $ reward-outbox status --watch               a live picture on a terminal
  $ reward-outbox status --watch 10 --json     a JSON line every 10 seconds`;

export function registerStatus(program: Command, context: CommandContext): void {
	program
		.command("status")
		.summary("show how the outbox is doing")
		.description("Shows how many events are where, how long the oldest has waited, who delivers, and what is paused.")
		.option(
			"--watch [seconds]",
			`repeat, every ${DEFAULT_WATCH_S} seconds by default, until Ctrl-C`,
			wholeNumber(1, 3600),
		)
		.option("--json", "print one JSON document; with --watch, one per line")
		.addHelpText("after", EXAMPLES)
		.action((flags: StatusFlags) => runStatus(flags, context));
}

async function runStatus(flags: StatusFlags, context: CommandContext): Promise<void> {
	const [{ readOverview }, { namesManyDatabases }] = await Promise.all([
		import("../../store/inspect/overview.ts"),
		import("../../config.ts"),
	]);
	if (namesManyDatabases(context.env)) {
		const { statusOfMany } = await import("../status-of-many.ts");
		const watchMs = flags.watch === undefined ? null : intervalMs(flags);
		return statusOfMany({ watchMs, json: flags.json === true }, context);
	}
	await withCurrentSchema(context, "status", async (db) => {
		if (flags.watch !== undefined) return watch(db, flags, context);
		const overview = await readOverview(db);
		if (flags.json) printJson(context, withAttention(overview));
		else printOverview(context, overview);
	});
}

function intervalMs({ watch }: StatusFlags): number {
	return (typeof watch === "number" ? watch : DEFAULT_WATCH_S) * 1000;
}

/** What needs a person is told to programs as well. */
function withAttention(overview: Overview) {
	return { ...overview, attention: attentionInWords(overview) };
}

/** Goes on through an outage of the database: that is when somebody watches. */
async function watch(db: Database, flags: StatusFlags, context: CommandContext): Promise<void> {
	const everyMs = intervalMs(flags);
	if (context.stdoutIsTerminal && !flags.json && context.env["TERM"] !== "dumb") {
		const { watchOnTerminal } = await import("../status-live.ts");
		return watchOnTerminal(db, everyMs, context);
	}
	const signal = context.takeStopSignal();
	let first = true;
	while (!signal.aborted) {
		await showOnce(db, flags, context, first);
		first = false;
		await sleep(everyMs, undefined, { signal }).catch(() => {});
	}
}

async function showOnce(db: Database, flags: StatusFlags, context: CommandContext, first: boolean): Promise<void> {
	const [{ readOverview }, { isTransient }] = await Promise.all([
		import("../../store/inspect/overview.ts"),
		import("../../store/database-error.ts"),
	]);
	const overview = await readOverview(db).catch((error: Error) => {
		if (first || !isTransient(error)) throw error;
		return error;
	});
	if (flags.json) {
		if (!(overview instanceof Error)) printJsonLines(context, [withAttention(overview)]);
		return;
	}
	writtenAtOnce(context, (out) => {
		if (overview instanceof Error)
			printLine(out, `the database does not answer: ${escapeForTerminal(overview.message)}`);
		else printOverview(out, overview);
		printLine(out, "");
	});
}
