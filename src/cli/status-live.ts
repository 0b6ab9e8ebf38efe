import { setTimeout as sleep } from "node:timers/promises";
import picocolors from "picocolors";
import { attemptsIn } from "../event/outcome.ts";
import type { Database } from "../store/database.ts";
import type { Overview } from "../store/inspect/overview.ts";
import type { Series, SeriesPoint } from "../store/inspect/series.ts";
import type { CommandContext } from "./context.ts";
import { LiveScreen } from "./live-screen.ts";
import { escapeForTerminal, formatDuration, printLine } from "./output.ts";
import { sparkline } from "./sparkline.ts";
import { printOverview } from "./status-screen.ts";
import { printedText } from "./written-at-once.ts";

const CHART_MINUTES = 10;

/** What was read last, which is shown on while the database is away. */
interface Look {
	readonly overview: Overview;
	/** Null: this user may not read it. */
	readonly series: Series | null;
}

/** Until Ctrl-C; goes on through an outage of the database: that is when somebody watches. */
export async function watchOnTerminal(db: Database, everyMs: number, context: CommandContext): Promise<void> {
	const { isTransient } = await import("../store/database-error.ts");
	const signal = context.takeStopSignal();
	// What is wrong from the beginning is reported as an error, not inside the picture.
	let last = await look(db);
	const screen = new LiveScreen(context);
	let trouble: string | null = null;
	try {
		while (!signal.aborted) {
			screen.draw(picture(last, trouble, everyMs, context));
			await sleep(everyMs, undefined, { signal }).catch(() => {});
			if (signal.aborted) return;
			const next = await look(db).catch((error: Error) => error);
			if (!(next instanceof Error)) last = next;
			else if (!isTransient(next)) throw next;
			trouble = next instanceof Error ? next.message : null;
		}
	} finally {
		screen.close();
	}
}

async function look(db: Database): Promise<Look> {
	const [{ readOverview }, { readSeries }, { isForbidden }] = await Promise.all([
		import("../store/inspect/overview.ts"),
		import("../store/inspect/series.ts"),
		import("../store/database-error.ts"),
	]);
	const overview = await readOverview(db);
	const series = await readSeries(db, CHART_MINUTES).catch((error) => {
		if (isForbidden(error)) return null;
		throw error;
	});
	return { overview, series };
}

function picture({ overview, series }: Look, trouble: string | null, everyMs: number, context: CommandContext): string {
	const { bold, dim, red } = picocolors.createColors(context.colour);
	return printedText(context, (out) => {
		printLine(out, `${bold("reward-outbox status")}  ${dim(`every ${formatDuration(everyMs)}, Ctrl-C ends it`)}`);
		if (trouble !== null)
			printLine(out, red(`the database does not answer: ${escapeForTerminal(trouble, 200)}; this is how it was`));
		printOverview(out, overview);
		if (series !== null) printCharts(out, series, context);
	});
}

function printCharts(out: CommandContext, series: Series, context: CommandContext): void {
	const { bold, green, yellow, cyan } = picocolors.createColors(context.colour);
	const { points, step_seconds: step } = series;
	const perSecond = (count: number) => `${roundRate(count / step)}/s`;
	const failed = (point: SeriesPoint) => attemptsIn(point) - point.accepted;
	const row = (name: string, values: readonly number[], now: string) =>
		printLine(out, `${name.padEnd(10)}  ${sparkline(values)}  ${now}`);
	const latest = points.at(-1);
	printLine(out, `\n${bold(`LAST ${CHART_MINUTES} MINUTES`)}, a column is ${formatDuration(step * 1000)}`);
	row(
		"delivered",
		points.map((point) => point.accepted),
		green(perSecond(latest?.accepted ?? 0)),
	);
	row("failed", points.map(failed), yellow(perSecond(latest === undefined ? 0 : failed(latest))));
	const slowest = latest?.latency_p95_ms ?? null;
	const latency = slowest === null ? "-" : formatDuration(slowest);
	row(
		"latency",
		points.map((point) => point.latency_p95_ms ?? 0),
		cyan(`${latency} for 95 of 100 events, from insert to acceptance`),
	);
}

function roundRate(perSecond: number): number {
	return perSecond >= 10 ? Math.round(perSecond) : Math.round(perSecond * 10) / 10;
}
