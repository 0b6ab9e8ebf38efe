import type { Tally, TriedRow } from "../../store/watches/backfill.ts";
import type { CommandContext } from "../context.ts";
import { printJson, printLine } from "../output.ts";
import { Progress } from "../progress.ts";
import { type Cell, printTable } from "../table.ts";
import { rowsInWords, type Task, wouldBe } from "./backfill-task.ts";

const SHOWN_ROWS = 20;

/** Looks at every row. */
export async function tryAll(task: Task): Promise<void> {
	const { context, db, flags, watch, bounds } = task;
	const { NOTHING, sumOf, tallyOf } = await import("../../store/watches/backfill.ts");
	const { isRemarkable, tryPages } = await import("../../backfill/try.ts");
	const stop = context.takeStopSignal();
	const progress = new Progress(context);
	const samples: TriedRow[] = [];
	let tally = NOTHING;
	for await (const page of tryPages(db, { watch: watch.name, bounds, after: null }, stop)) {
		tally = sumOf(tally, tallyOf(page));
		samples.push(...page.filter(isRemarkable).slice(0, SHOWN_ROWS - samples.length));
		progress.advance(tally.rows, task.rows, "rows");
	}
	progress.end();
	if (flags.json) printJson(context, { watch: watch.name, bounds, would: tally, stopped: stop.aborted });
	else {
		if (samples.length > 0) printSamples(samples, context);
		printLine(context, `${rowsInWords(bounds, tally.rows, watch)}: ${wouldBe(tally)}; nothing was written`);
	}
	if (stop.aborted) context.stderr.write("stopped before the end\n");
	if (tally.failed > 0) context.failQuietly();
}

function printSamples(rows: readonly TriedRow[], context: CommandContext): void {
	const headers = ["ROW", "TRIGGER", "USER", "PAYLOAD", "IDEMPOTENCY KEY"].map((header) => ({ header }));
	printTable(
		context,
		[...headers, { header: "PROBLEM", cap: 200 }],
		rows.map((row): Cell[] => [
			JSON.stringify(row.key),
			row.trigger_id,
			row.user_id,
			row.payload === null ? null : JSON.stringify(row.payload),
			row.idempotency_key,
			row.problem ?? "",
		]),
	);
}

/** What becomes of the rows that come first: enough to see whether the rule is the right one. */
export async function tryFirst({ db, watch, bounds, open }: Task): Promise<Tally> {
	const { NOTHING, sumOf, tallyOf } = await import("../../store/watches/backfill.ts");
	const { tryPages } = await import("../../backfill/try.ts");
	let tally = NOTHING;
	for await (const page of tryPages(db, { watch: watch.name, bounds, after: open?.lastKey ?? null })) {
		tally = sumOf(tally, tallyOf(page));
		if (tally.rows > 0) break;
	}
	return tally;
}
