import { useEffect, useRef } from "react";
import uPlot from "uplot";
import { resolveColour, useColourScheme } from "./colours.ts";
import { durationRange, durationTicks } from "./duration-scale.ts";

export interface PlotSeries {
	readonly label: string;
	/** Name of a custom property: `--chart-accepted`. */
	readonly colour: string;
	/** Null: nothing is known there, the line has a gap. */
	readonly values: readonly (number | null)[];
	/** For lines that colour alone should not tell apart. */
	readonly dash?: readonly number[];
	/** A line of its own over what is stacked. */
	readonly isOverlay?: boolean;
}

export interface PlotProps {
	/** Seconds since 1970. */
	readonly times: readonly number[];
	readonly series: readonly PlotSeries[];
	/**
	 * `stack`: areas on each other, the first at the bottom. `durations`: lines over a logarithmic scale of milliseconds.
	 */
	readonly kind: "stack" | "lines" | "durations";
	/** Largest value of the scale; left out: as the data wants. */
	readonly max?: number;
	readonly format: (value: number) => string;
	/** A stretch of time was drawn over, in seconds since 1970. */
	readonly onZoom: (from: number, to: number) => void;
	/** Where the pointer is: an index, or null. */
	readonly onPoint: (index: number | null) => void;
}

const HEIGHT = 150;
const AXIS_FONT = "11px system-ui, sans-serif";
/** Between the labels and the plot, and the edge. Pixels. */
const AXIS_GAP = 14;
const NARROWEST = 120;

/** One uPlot. It draws on a canvas, which says nothing to those who do not see it: text has to stand beside it. */
export function Plot(props: PlotProps) {
	const ref = useRef<HTMLDivElement>(null);
	const plot = useRef<uPlot | null>(null);
	const scheme = useColourScheme();
	const latest = useRef(props);
	latest.current = props;
	const shape = `${scheme} ${props.kind} ${props.series.map(({ label }) => label).join()}`;
	// biome-ignore lint/correctness/useExhaustiveDependencies: made anew when its shape or the colours change; data goes in below
	useEffect(() => {
		const host = ref.current;
		if (host === null) return;
		const made = new uPlot(optionsOf(latest, host.clientWidth), dataOf(latest.current), host);
		plot.current = made;
		const observer = new ResizeObserver(() => {
			made.setSize({ width: Math.max(NARROWEST, host.clientWidth), height: HEIGHT });
		});
		observer.observe(host);
		return () => {
			observer.disconnect();
			made.destroy();
			plot.current = null;
		};
	}, [shape]);
	// biome-ignore lint/correctness/useExhaustiveDependencies: when there is other data
	useEffect(() => plot.current?.setData(dataOf(latest.current)), [props.times, props.series]);
	return <div ref={ref} className="plot" aria-hidden="true" />;
}

/**
 * Areas are drawn from the tallest to the lowest, each over the one before: each is the sum of itself and those below
 * it. Lines that lie over them come last.
 */
function dataOf({ times, series, kind }: PlotProps): uPlot.AlignedData {
	if (kind !== "stack") return [[...times], ...series.map(({ values }) => [...values])];
	const sums = times.map(() => 0);
	const stacked = series
		.filter(({ isOverlay }) => !isOverlay)
		.map(({ values }) =>
			values.map((value, index) => {
				sums[index] = (sums[index] ?? 0) + (value ?? 0);
				return sums[index];
			}),
		);
	const overlays = series.filter(({ isOverlay }) => isOverlay).map(({ values }) => [...values]);
	return [[...times], ...stacked.reverse(), ...overlays];
}

/** In the order of the data. */
function drawingOrder({ series, kind }: PlotProps): readonly PlotSeries[] {
	if (kind !== "stack") return series;
	return [...series.filter(({ isOverlay }) => !isOverlay).reverse(), ...series.filter(({ isOverlay }) => isOverlay)];
}

function optionsOf(latest: { readonly current: PlotProps }, width: number): uPlot.Options {
	const { kind, max } = latest.current;
	const text = resolveColour("--muted");
	const line = resolveColour("--line");
	const axis = {
		stroke: text,
		grid: { stroke: line, width: 1 },
		ticks: { show: false },
		font: AXIS_FONT,
	};
	return {
		width: Math.max(NARROWEST, width),
		height: HEIGHT,
		legend: { show: false },
		cursor: { y: false, drag: { x: true, y: false, setScale: false }, points: { show: kind !== "stack" } },
		scales: { x: { time: true }, y: scaleOf(kind, max) },
		axes: [
			{ ...axis, space: 70, values: (_plot, ticks) => ticks.map((tick) => timeLabel(tick, ticks)) },
			{
				...axis,
				...(kind === "durations" ? DURATION_AXIS : {}),
				size: widthOfLabels,
				values: (_plot, ticks) => ticks.map((tick) => (tick === null ? "" : latest.current.format(tick))),
			},
		],
		series: [{}, ...drawingOrder(latest.current).map((one) => seriesOf(one, kind))],
		hooks: {
			setCursor: [({ cursor }) => latest.current.onPoint(cursor.idx ?? null)],
			setSelect: [(plot) => zoomTo(plot, latest.current.onZoom)],
		},
	};
}

/** Marks that mean something; none of them is left out. */
const DURATION_AXIS: uPlot.Axis = {
	splits: (_plot, _axis, low, high) => durationTicks(low, high),
	filter: (_plot, ticks) => ticks,
};

/** Narrower than this was a click. Pixels. */
const NARROWEST_ZOOM = 6;

function zoomTo(plot: uPlot, onZoom: PlotProps["onZoom"]): void {
	const { left, width } = plot.select;
	if (width < NARROWEST_ZOOM) return;
	onZoom(plot.posToVal(left, "x"), plot.posToVal(left + width, "x"));
	plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
}

function scaleOf(kind: PlotProps["kind"], max: number | undefined): uPlot.Scale {
	if (kind === "durations") return { distr: 3, range: (_plot, low, high) => durationRange(low, high) };
	return { range: (_plot, _low, high) => [0, max ?? Math.max(1, (high ?? 0) * 1.08)] };
}

/** As wide as the widest label, so that none is clipped, whatever the data and the viewer's language bring. */
function widthOfLabels(plot: uPlot, labels: readonly string[] | null): number {
	const { ctx } = plot;
	ctx.save();
	ctx.font = AXIS_FONT;
	const widest = Math.max(0, ...(labels ?? []).map((label) => ctx.measureText(label ?? "").width));
	ctx.restore();
	return Math.ceil(widest) + AXIS_GAP;
}

const DAY = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric" });
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const DAY_SECONDS = 86_400;

/** The time of day as the viewer writes it; days where a step is one. */
function timeLabel(tick: number, ticks: readonly number[]): string {
	const step = (ticks[1] ?? tick) - (ticks[0] ?? tick);
	return (step >= DAY_SECONDS ? DAY : CLOCK).format(new Date(tick * 1000));
}

/** Points that no line leads to. */
function isolated(plot: uPlot, seriesIndex: number): number[] {
	const values = plot.data[seriesIndex] ?? [];
	const isGap = (index: number) => values[index] === null || values[index] === undefined;
	return [...values.keys()].filter((index) => !isGap(index) && isGap(index - 1) && isGap(index + 1));
}

function seriesOf({ label, colour, dash, isOverlay }: PlotSeries, chart: PlotProps["kind"]): uPlot.Series {
	const kind = isOverlay ? "lines" : chart;
	const stroke = resolveColour(colour);
	const stepped = uPlot.paths.stepped?.({ align: 1 });
	return {
		label,
		stroke,
		width: kind === "stack" ? 1 : 1.6,
		// A value without neighbours would be a line of no length.
		points: { show: kind !== "stack", size: 4, stroke, fill: stroke, filter: isolated },
		...(dash === undefined ? {} : { dash: [...dash] }),
		...(kind === "stack" ? { fill: stroke, ...(stepped === undefined ? {} : { paths: stepped }) } : {}),
	};
}
