import type { Command } from "commander";
import { LOOKS_BACK, looksBack } from "../../backfill/looks-back.ts";
import { OutboxError, UsageError } from "../../errors.ts";
import type { Database } from "../../store/database.ts";
import type { Backfill, Tally } from "../../store/watches/backfill.ts";
import { counted } from "../../words/counts.ts";
import { wholeNumber } from "../arguments.ts";
import { confirmed } from "../confirm.ts";
import type { CommandContext } from "../context.ts";
import { withCurrentSchema } from "../current-schema.ts";
import { decisionOptions } from "../decision.ts";
import { escapeForTerminal, printJson, printLine } from "../output.ts";
import { type BackfillFlags, rowsInWords, type Task, wouldBe } from "./backfill-task.ts";
import { tryAll, tryFirst } from "./backfill-try.ts";
import { backfillAll } from "./backfill-work.ts";
import { noSuchWatch } from "./no-such-watch.ts";

/** Counting reads the whole table. */
const STATEMENT_TIMEOUT_MS = 600_000;

const EXAMPLES = `
Each row goes through the rule as if it had just been written, with the rights of the table's owner; what the rule has
captured already is told by its idempotency key and left out. It works in small transactions, can be stopped at any time
(Ctrl-C), and goes on where it was when it is run again with the same --since. It never waits for, or holds up, writers.

--since and --until compare with a column of the table: --column, or the one column that holds a time or is called created_at.

Examples:
  $ reward-outbox watches backfill order_paid --since 2026-01-01 --dry-run
  $ reward-outbox watches backfill order_paid --since 30d --column paid_at --yes --reason "customers of before the rule"
  $ reward-outbox watches backfill own_outbox --all --rate 100`;

export function registerBackfill(watches: Command, context: CommandContext): void {
	const command = watches
		.command("backfill")
		.summary("make events of rows that exist already")
		.description("Makes events of rows that exist already, through a rule.")
		.argument("<name>", "the rule")
		.option("--since <value>", "rows from then on: a date, a time or a distance from now; of another column, its value")
		.option("--until <value>", "rows before then")
		.option("--column <name>", "the column that --since and --until mean")
		.option("--all", "every row")
		.option("--rate <n>", "rows a second at most", wholeNumber(1, 1_000_000), 500)
		.option("--dry-run", "look at every row and say what it would do; write nothing")
		.option("--yes", "do it, without being asked")
		.option("--restart", "begin anew, although one is not finished")
		.option("--allow-duplicates", "also through a rule without an idempotency key");
	decisionOptions(command, { reasonRequired: false })
		.addHelpText("after", EXAMPLES)
		.action((name: string, flags: BackfillFlags) => runBackfill(name, flags, context));
}

async function runBackfill(name: string, flags: BackfillFlags, context: CommandContext): Promise<void> {
	const run = async (db: Database): Promise<void> => {
		const task = await prepare(db, name, flags, context);
		if (flags.dryRun) return tryAll(task);
		if (await agreed(task)) await backfillAll(task);
	};
	await withCurrentSchema(context, "watches backfill", run, STATEMENT_TIMEOUT_MS);
}

async function prepare(db: Database, name: string, flags: BackfillFlags, context: CommandContext): Promise<Task> {
	const [{ findWatch }, { countBackfill }, { planBackfill }] = await Promise.all([
		import("../../store/watches/list.ts"),
		import("../../store/watches/backfill.ts"),
		import("../../backfill/plan.ts"),
	]);
	const watch = await findWatch(db, name);
	if (watch === undefined) throw await noSuchWatch(db, name);
	if (watch.idempotency_key === null && !flags.allowDuplicates) throw new KeyMissingError(name);
	const { asked, bounds, open, goesOn } = await planBackfill(db, watch, flags, (part) => `--${part}`);
	if (open !== undefined && !goesOn && !flags.dryRun) throw new OtherWordsError(name, open);
	const { within, without } = await countBackfill(db, name, bounds);
	if (without > 0)
		warn(
			context,
			`${counted(without, "row has", "rows have")} no ${asked.column} and ${without === 1 ? "is" : "are"} left out`,
		);
	if (looksBack(watch)) warn(context, LOOKS_BACK);
	return { db, watch, asked, bounds, rows: within, open, flags, context };
}

class KeyMissingError extends UsageError {
	static override readonly name: string = "KeyMissingError";

	constructor(watch: string) {
		super(`${watch} has no idempotency key: nothing tells which rows are events already`, {
			hint: "give the rule one (watches add --replace), or add --allow-duplicates if users may be rewarded twice",
		});
	}
}

class OtherWordsError extends UsageError {
	static override readonly name: string = "OtherWordsError";

	constructor(watch: string, { id, asked }: Backfill) {
		super(`backfill ${id} of ${watch} is not finished, and was asked for as ${JSON.stringify(asked)}`, {
			hint: "ask for the same to go on with it, or add --restart to begin anew",
		});
	}
}

function warn(context: CommandContext, text: string): void {
	context.stderr.write(`warning: ${escapeForTerminal(text)}\n`);
}

/**
 * Says what it is about, and asks. @throws OutboxError when nobody can be asked: the exit code must tell that nothing
 * was done
 */
async function agreed(task: Task): Promise<boolean> {
	const { context, flags, rows, watch } = task;
	const first = await tryFirst(task);
	if (!flags.json) printIntent(task, first);
	if (flags.yes) return true;
	if (context.stdinIsTerminal && context.stderrIsTerminal && !flags.json) {
		if (await confirmed(context, `Make events of ${counted(rows, "row")}, ${flags.rate} a second at most?`))
			return true;
		context.failQuietly();
		context.stderr.write("nothing was written\n");
		return false;
	}
	if (flags.json) printJson(context, { watch: watch.name, bounds: task.bounds, rows, would_of_the_first: first });
	throw new OutboxError("not_confirmed", "nothing was written", { hint: "add --yes to do it" });
}

function printIntent({ open, bounds, rows, watch, context }: Task, first: Tally): void {
	printLine(context, rowsInWords(bounds, rows, watch));
	if (open !== undefined) {
		const since = `backfill ${open.id}, begun ${open.startedAt.toISOString()}, is not finished`;
		const behind = open.lastKey === null ? "" : ` behind ${JSON.stringify(open.lastKey)}`;
		printLine(context, `${since}: it goes on${escapeForTerminal(behind)}, after ${counted(open.tally.rows, "row")}`);
	}
	if (first.rows > 0) printLine(context, `of the ${open ? "next" : "first"} ${first.rows}: ${wouldBe(first)}`);
}
