import type { Tally, TriedRow } from "../../store/watches/backfill.ts";
import type { CommandContext } from "../context.ts";
import { printJson, printLine } from "../output.ts";
import { Progress } from "../progress.ts";
import { type Cell, printTable } from "../table.ts";
import { nextWindow } from "./backfill-pace.ts";
import { rowsInWords, type Task, wouldBe } from "./backfill-task.ts";

const TRIED_FIRST = 500;
const SHOWN_ROWS = 20;

/** Looks at every row. */
export async function tryAll(task: Task): Promise<void> {
	const { context, flags, watch } = task;
	const { NOTHING, sumOf, tallyOf } = await import("../../store/watches/backfill.ts");
	const stop = context.takeStopSignal();
	const progress = new Progress(context);
	const samples: TriedRow[] = [];
	let tally = NOTHING;
	for await (const page of pagesOf(task, null, stop)) {
		tally = sumOf(tally, tallyOf(page));
		samples.push(...page.filter(isRemarkable).slice(0, SHOWN_ROWS - samples.length));
		progress.advance(tally.rows, task.rows, "rows");
	}
	progress.end();
	if (flags.json) printJson(context, { watch: watch.name, bounds: task.bounds, would: tally, stopped: stop.aborted });
	else {
		if (samples.length > 0) printSamples(samples, context);
		printLine(context, `${rowsInWords(task.bounds, tally.rows, watch)}: ${wouldBe(tally)}; nothing was written`);
	}
	if (stop.aborted) context.stderr.write("stopped before the end\n");
	if (tally.failed > 0) context.failQuietly();
}

async function* pagesOf({ db, watch, bounds }: Task, from: unknown, stop?: AbortSignal): AsyncGenerator<TriedRow[]> {
	const { tallyOf, tryBackfill } = await import("../../store/watches/backfill.ts");
	let after = from;
	let window = TRIED_FIRST;
	while (!stop?.aborted) {
		const page = await tryBackfill(db, { watch: watch.name, bounds, after, limit: TRIED_FIRST, window });
		if (page.length === 0) return;
		yield page;
		after = page.at(-1)?.key;
		window = nextWindow(window, tallyOf(page).rows, TRIED_FIRST);
	}
}

function isRemarkable({ outcome }: TriedRow): boolean {
	return outcome === "emitted" || outcome === "failed";
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
export async function tryFirst(task: Task): Promise<Tally> {
	const { NOTHING, sumOf, tallyOf } = await import("../../store/watches/backfill.ts");
	let tally = NOTHING;
	for await (const page of pagesOf(task, task.open?.lastKey ?? null)) {
		tally = sumOf(tally, tallyOf(page));
		if (tally.rows > 0) break;
	}
	return tally;
}
