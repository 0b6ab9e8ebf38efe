import type { Series, SeriesPoint } from "../../../../api/schema/overview.ts";
import { attemptsIn, OUTCOME_CLASSES } from "../../../../event/outcome.ts";
import type { PlotSeries } from "../../charts/plot.tsx";
import { OUTCOME_LOOKS } from "../../components/badge.tsx";

const LATENCIES = [
	["latency_p50_ms", "median", "--chart-line-1", undefined],
	["latency_p95_ms", "95 %", "--chart-line-2", [6, 3]],
	["latency_p99_ms", "99 %", "--chart-line-3", [2, 3]],
] as const;

export interface ChartData {
	/** Seconds since 1970. */
	readonly times: readonly number[];
	readonly perMinute: readonly PlotSeries[];
	/** Shares, 0 to 1; null where nothing was tried. */
	readonly success: readonly PlotSeries[];
	readonly latency: readonly PlotSeries[];
	readonly totals: {
		readonly attempts: number;
		readonly accepted: number;
		/** The largest of all medians; null: nothing was delivered. */
		readonly slowestMedianMs: number | null;
	};
}

/** What the charts draw, from what the API tells. */
export function chartsOf({ points, step_seconds }: Series): ChartData {
	const medians = points.flatMap(({ latency_p50_ms: ms }) => (ms === null ? [] : [ms]));
	const sum = (of: (point: SeriesPoint) => number) => points.reduce((total, point) => total + of(point), 0);
	return {
		times: points.map(({ at }) => Date.parse(at) / 1000),
		perMinute: OUTCOME_CLASSES.map((outcome) => ({
			label: OUTCOME_LOOKS[outcome].words,
			colour: OUTCOME_LOOKS[outcome].colour,
			values: points.map((point) => (point[outcome] * 60) / step_seconds),
		})),
		success: [
			{
				label: "accepted",
				colour: "--chart-accepted",
				values: points.map((point) => (attemptsIn(point) === 0 ? null : point.accepted / attemptsIn(point))),
			},
		],
		latency: LATENCIES.map(([name, label, colour, dash]) => ({
			label,
			colour,
			// A logarithmic scale has no zero.
			values: points.map((point) => (point[name] === null ? null : Math.max(1, point[name]))),
			...(dash === undefined ? {} : { dash }),
		})),
		totals: {
			attempts: sum(attemptsIn),
			accepted: sum(({ accepted }) => accepted),
			slowestMedianMs: medians.length === 0 ? null : Math.max(...medians),
		},
	};
}

const BEFORE = "--chart-before";

/** The period before, drawn at the same distance from its end: as one line each, behind what is now. */
export function overlaid(now: ChartData, before: Series | null): ChartData {
	if (before === null) return now;
	const then = chartsOf(before);
	const aligned = (values: readonly (number | null)[]) => now.times.map((_, index) => values[index] ?? null);
	const line = (values: readonly (number | null)[]): PlotSeries => ({
		label: "before",
		colour: BEFORE,
		values: aligned(values),
		dash: [4, 4],
		isOverlay: true,
	});
	const sums = then.times.map((_, index) => then.perMinute.reduce((sum, { values }) => sum + (values[index] ?? 0), 0));
	const [median] = then.latency;
	return {
		...now,
		perMinute: [...now.perMinute, line(sums)],
		success: [...now.success, line(then.success[0]?.values ?? [])],
		latency: [...now.latency, line(median?.values ?? [])],
	};
}
