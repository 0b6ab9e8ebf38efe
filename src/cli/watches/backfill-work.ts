import { randomUUID } from "node:crypto";
import type { Backfill, BackfillStep, Tally } from "../../store/watches/backfill.ts";
import { counted } from "../../words/counts.ts";
import type { CommandContext } from "../context.ts";
import { deciderOf } from "../decision.ts";
import { escapeForTerminal, printJson, printLine } from "../output.ts";
import { Progress } from "../progress.ts";
import type { Task } from "./backfill-task.ts";

const MOST_COMPLAINTS = 20;

/** Begins the backfill, or goes on with it, and works until its end or until it is stopped. */
export async function backfillAll(task: Task): Promise<void> {
	const { db, context, flags, watch, asked, bounds } = task;
	const { beginBackfill } = await import("../../store/watches/backfill.ts");
	const worker = randomUUID();
	const stop = context.takeStopSignal();
	const { reason, actor } = deciderOf(flags, context);
	const [allowDuplicates, restart] = [flags.allowDuplicates === true, flags.restart === true];
	const pace = { perSecond: flags.rate, total: task.rows };
	const order = { watch: watch.name, asked, bounds, worker, allowDuplicates, restart, reason, actor, ...pace };
	const backfill = await beginBackfill(db, order);
	if (task.open !== undefined && task.open.id !== backfill.id)
		context.stderr.write("the rule was changed meanwhile: it begins anew\n");
	const tally = await follow(task, backfill, worker, stop);
	const stopped = stop.aborted;
	const resumed = backfill.tally.rows > 0;
	if (flags.json) printJson(context, { backfill: backfill.id, watch: watch.name, bounds, resumed, ...tally, stopped });
	else printLine(context, summary(tally));
	if (stopped) context.stderr.write("stopped before the end; run it again with the same flags, and it goes on\n");
	if (tally.failed > 0) {
		context.stderr.write("of what failed nothing is kept: mend the rule, then run it again\n");
		context.failQuietly();
	}
}

async function follow(task: Task, backfill: Backfill, worker: string, stop: AbortSignal): Promise<Tally> {
	const { sumOf } = await import("../../store/watches/backfill.ts");
	const { workThrough } = await import("../../backfill/work.ts");
	const { db, flags, rows, context } = task;
	const progress = new Progress(context);
	let { tally } = backfill;
	try {
		for await (const step of workThrough(db, { id: backfill.id, worker, perSecond: flags.rate }, stop)) {
			tally = sumOf(tally, step.tally);
			complain(step, tally, progress, context);
			progress.advance(tally.rows, rows, "rows");
		}
		return tally;
	} finally {
		progress.end();
	}
}

/** The first of them one by one: they are likely to be all of a kind. */
function complain({ problems }: BackfillStep, tally: Tally, progress: Progress, context: CommandContext): void {
	const before = tally.failed - problems.length;
	const shown = problems.slice(0, Math.max(0, MOST_COMPLAINTS - before));
	if (shown.length > 0) progress.end();
	for (const { key, problem } of shown) {
		context.stderr.write(`${escapeForTerminal(`${JSON.stringify(key)}: ${problem}`, 400)}\n`);
	}
}

function summary({ rows, events, known, unneeded, failed }: Tally): string {
	return `${counted(rows, "row")}: ${events} became events, ${known} were already, the rule does not apply to ${unneeded}, ${failed} failed`;
}
