import type { Command } from "commander";
import { batchesOf } from "../batches.ts";
import { OutboxError } from "../errors.ts";
import type { Status } from "../event/event.ts";
import type { BulkOrder, BulkProgress } from "../store/bulk-runs.ts";
import type { Database } from "../store/database.ts";
import type { DecisionResult } from "../store/decide-events.ts";
import { counted } from "../words/counts.ts";
import { refusalInWords, withNote } from "../words/refusal.ts";
import { wholeNumber } from "./arguments.ts";
import { confirmed } from "./confirm.ts";
import type { CommandContext } from "./context.ts";
import { withCurrentSchema } from "./current-schema.ts";
import { type DecisionFlags, deciderOf } from "./decision.ts";
import { type FilterFlags, filterOf } from "./event-filter.ts";
import { escapeForTerminal, printJson, printJsonLines, printLine } from "./output.ts";
import { Progress } from "./progress.ts";
import { filterOnRecord, runOnRecord } from "./run-on-record.ts";
import { printTable } from "./table.ts";

/** Events a second: batches follow each other. */
const AS_FAST_AS_IT_GOES = 1_000_000;

/** A decision that can be made for all events of a filter. */
export interface Verb {
	/** As on the command line. */
	readonly name: "retry" | "cancel";
	/** What will become of them: `to be …`. */
	readonly intent: string;
	/** What became of each. */
	readonly done: string;
	readonly question: (events: string) => string;
	/** Retry: also what was delivered or may have been. */
	readonly allowDuplicates: boolean;
}

export interface ByFilterFlags extends FilterFlags, DecisionFlags {
	readonly yes?: true;
	/** Events at most, the oldest first. */
	readonly max: number;
}

interface ByFilter extends ByFilterFlags {
	readonly status: Status;
}

/** Options of a decision by filter. */
export function byFilterOptions(command: Command): Command {
	return command
		.option("--yes", "by filter: do it, without being asked")
		.option("--max <n>", "by filter: at most n events, the oldest first", wholeNumber(1, 100_000), 1000);
}

/** What matches, the oldest first. */
interface Selection {
	readonly ids: readonly string[];
	/** More match than `max` allows. */
	readonly more: boolean;
	readonly byTrigger: ReadonlyMap<string, number>;
}

/** Counts first, asks, then works in batches; can be stopped between them and run again. */
export async function decideByFilter(verb: Verb, flags: ByFilter, context: CommandContext): Promise<void> {
	await withCurrentSchema(context, `events ${verb.name}`, async (db) => {
		const selection = await select(db, flags);
		if (!(await agreed(verb, selection, flags, context))) return;
		const results = await decideAll(verb, db, selection.ids, flags, context);
		if (!flags.json) printSummary(verb, context, results, selection);
		if (results.some((result) => !result.done)) context.failQuietly();
	});
}

async function select(db: Database, flags: ByFilter): Promise<Selection> {
	const { findEvents } = await import("../store/inspect/list-events.ts");
	const found = await findEvents(db, filterOf(flags), flags.max + 1);
	const events = found.slice(0, flags.max);
	const byTrigger = new Map<string, number>();
	for (const { trigger_id: trigger } of events) byTrigger.set(trigger, (byTrigger.get(trigger) ?? 0) + 1);
	return { ids: events.map(({ id }) => id), more: found.length > flags.max, byTrigger };
}

/** @throws OutboxError when nobody can be asked: the exit code must tell that nothing was done */
async function agreed(verb: Verb, selection: Selection, flags: ByFilter, context: CommandContext): Promise<boolean> {
	const count = selection.ids.length;
	if (count === 0 && !flags.json) printLine(context, `no ${flags.status} events match`);
	else if (!flags.json) printSelection(verb, context, selection, flags);
	if (count === 0 || flags.yes) return count > 0;
	if (context.stdinIsTerminal && context.stderrIsTerminal && !flags.json) {
		if (await confirmed(context, verb.question(counted(count, "event")))) return true;
		context.failQuietly();
		context.stderr.write("nothing was changed\n");
		return false;
	}
	if (flags.json) {
		const by_trigger = Object.fromEntries(selection.byTrigger);
		printJson(context, { [`would_${verb.name}`]: count, more_match: selection.more, by_trigger });
	}
	throw new OutboxError("not_confirmed", "nothing was changed", { hint: "add --yes to do it" });
}

function printSelection(
	verb: Verb,
	context: CommandContext,
	{ ids, more, byTrigger }: Selection,
	flags: ByFilter,
): void {
	const limited = more ? `: more match, these are the oldest (--max ${flags.max})` : "";
	printLine(context, `${counted(ids.length, "event")} to be ${verb.intent}, ${flags.status} until now${limited}`);
	const rows = [...byTrigger].sort(([, a], [, b]) => b - a);
	printTable(context, [{ header: "TRIGGER" }, { header: "EVENTS", align: "right" }], rows.slice(0, 20));
	if (rows.length > 20) printLine(context, `and ${rows.length - 20} more triggers`);
}

async function decideAll(
	verb: Verb,
	db: Database,
	ids: readonly string[],
	flags: ByFilter,
	context: CommandContext,
): Promise<DecisionResult[]> {
	const { decideBatch } = await import("../store/decide-batch.ts");
	const stop = context.takeStopSignal();
	const progress = new Progress(context);
	const results: DecisionResult[] = [];
	const order = orderOf(verb, flags, context);
	await runOnRecord(db, order, async (run) => {
		let mayGoOn = await run.report(progressOf(results, ids.length));
		for (const batch of batchesOf(ids)) {
			if (stop.aborted || !mayGoOn) break;
			const selected = batch.map((id) => ({ id, status: flags.status }));
			const decided = await decideBatch(db, order, selected, { ...deciderOf(flags, context), run: run.id });
			results.push(...decided);
			if (flags.json)
				printJsonLines(
					context,
					decided.map((result) => withNote(result, verb.name)),
				);
			progress.advance(results.length, ids.length, "events");
			mayGoOn = await run.report(progressOf(results, ids.length));
		}
		return results.length === ids.length;
	}).finally(() => progress.end());
	if (results.length < ids.length) {
		context.stderr.write(`stopped after ${results.length} of ${ids.length}; run it again for the rest\n`);
	}
	return results;
}

function orderOf(verb: Verb, flags: ByFilter, context: CommandContext): BulkOrder {
	const { actor, reason } = deciderOf(flags, context);
	return {
		action: verb.name,
		filter: filterOnRecord(flags),
		reason,
		allowDuplicates: verb.allowDuplicates,
		max: flags.max,
		perSecond: AS_FAST_AS_IT_GOES,
		actor: actor ?? "the command line",
	};
}

function progressOf(results: readonly DecisionResult[], total: number): BulkProgress {
	const done = results.filter((result) => result.done).length;
	return { total, examined: results.length, done, skipped: results.length - done };
}

function printSummary(
	verb: Verb,
	context: CommandContext,
	results: readonly DecisionResult[],
	{ more }: Selection,
): void {
	const notDone = new Map<string, number>();
	for (const { refused, was } of results) {
		if (refused === null) continue;
		const note = refusalInWords(refused, verb.name, was);
		notDone.set(note, (notDone.get(note) ?? 0) + 1);
	}
	const done = results.filter((result) => result.done).length;
	printLine(context, `${counted(done, "event")} ${verb.done}`);
	for (const [note, count] of notDone) printLine(context, `${counted(count, "event")} not: ${escapeForTerminal(note)}`);
	if (more) printLine(context, "more match; run it again for the next ones");
}
