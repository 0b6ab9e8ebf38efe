import { type Command, InvalidArgumentError } from "commander";
import type { Database } from "../../store/database.ts";
import { counted } from "../../words/counts.ts";
import { duration, wholeNumber } from "../arguments.ts";
import type { CommandContext } from "../context.ts";
import { withCurrentSchema } from "../current-schema.ts";
import { printJson, printLine } from "../output.ts";
import { Progress } from "../progress.ts";

interface PruneFlags {
	/** Milliseconds. */
	readonly olderThan: number;
	readonly batch: number;
	readonly dryRun?: true;
	readonly json?: true;
}

/** Younger events may still be settled, retried and asked about. */
const YOUNGEST_MS = 3_600_000;
/** Counting first and deleting a batch take long on a slow disk; neither holds up the relays. */
const STATEMENT_TIMEOUT_MS = 600_000;

const EXAMPLES = `
Delivered, dead and cancelled events are finished; all others stay, whatever their age. With an event goes its idempotency
key: the same key would make a new event then. What watches could not capture is deleted so long after it was replayed or
dismissed, and not before. It can be stopped at any time and run again.

Examples:
  $ reward-outbox prune --older-than 90d --dry-run
  $ reward-outbox prune --older-than 90d`;

export function registerPrune(program: Command, context: CommandContext): void {
	program
		.command("prune")
		.summary("delete old finished events and resolved watch errors")
		.description("Deletes finished events written longer ago than a span of time, with their attempts, in batches.")
		.requiredOption("--older-than <span>", "age by the database's clock, such as 90d; at least 1h", age)
		.option("--batch <n>", "events of one transaction", wholeNumber(1, 100_000), 1000)
		.option("--dry-run", "count them, delete nothing")
		.option("--json", "print one JSON document")
		.addHelpText("after", EXAMPLES)
		.action((flags: PruneFlags) => runPrune(flags, context));
}

function age(text: string): number {
	const ms = duration(text);
	if (ms >= YOUNGEST_MS) return ms;
	throw new InvalidArgumentError("Expected at least 1h: younger events may still be under way.");
}

async function runPrune(flags: PruneFlags, context: CommandContext): Promise<void> {
	const { momentAgo, countPrunable, countPrunableWatchErrors, pruneWatchErrors } = await import("../../store/prune.ts");
	const use = async (db: Database) => {
		// Once, so that a long run does not move its own goal.
		const before = await momentAgo(db, flags.olderThan);
		if (flags.dryRun) {
			const events = await countPrunable(db, before);
			const errors = await countPrunableWatchErrors(db, before);
			if (flags.json) printJson(context, { before, would_prune: events, would_prune_watch_errors: errors });
			else {
				printLine(
					context,
					`${counted(events, "finished event was", "finished events were")} written and ${counted(errors, "watch error")} resolved before ${before}; nothing was deleted`,
				);
			}
			return;
		}
		const { pruned, stopped } = await pruneAll(db, before, flags.batch, context);
		const errors = stopped ? 0 : await pruneWatchErrors(db, before);
		if (flags.json) printJson(context, { before, pruned, pruned_watch_errors: errors, stopped });
		else {
			printLine(
				context,
				`deleted: ${counted(pruned, "finished event")} written and ${counted(errors, "watch error")} resolved before ${before}`,
			);
		}
		if (stopped) context.stderr.write("stopped before the end; run it again for the rest\n");
	};
	await withCurrentSchema(context, "prune", use, STATEMENT_TIMEOUT_MS);
}

async function pruneAll(
	db: Database,
	before: string,
	batch: number,
	context: CommandContext,
): Promise<{ pruned: number; stopped: boolean }> {
	const { countPrunable, pruneStep } = await import("../../store/prune.ts");
	const stop = context.takeStopSignal();
	const progress = new Progress(context);
	// Counting takes a second per some million events, and nobody sees it but on a terminal.
	const total = context.stderrIsTerminal ? await countPrunable(db, before) : null;
	let pruned = 0;
	let after: string | null = null;
	try {
		while (!stop.aborted) {
			const step = await pruneStep(db, before, after, batch);
			pruned += step.pruned;
			if (step.examined < batch) return { pruned, stopped: false };
			after = step.lastId;
			progress.advance(pruned, total, "deleted");
		}
		return { pruned, stopped: true };
	} finally {
		progress.end();
	}
}
