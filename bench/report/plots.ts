import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { nameOf } from "../contenders/all.ts";
import { type Sample, select, valuesOf } from "../samples.ts";
import { median } from "../statistics.ts";
import { checkoutPlot, writersPlot } from "./application-plots.ts";
import { digits } from "./goal.ts";
import { colour, facets, OTHERS, OURS, POSTGRES } from "./plot-style.ts";

const WIDTH = 860;

/** Pictures that are not called like what they show. */
const DRAWN_OF: Readonly<Record<string, string>> = { cost: "drain", checkout: "writers" };

/** One SVG for each measure that has samples. */
export async function writePlots(directory: string, samples: readonly Sample[]): Promise<void> {
	const draw: Readonly<Record<string, (samples: readonly Sample[]) => Plot.PlotOptions>> = {
		drain: drainPlot,
		cost: costPlot,
		latency: latencyPlot,
		writers: writersPlot,
		checkout: checkoutPlot,
		scale: scalePlot,
		ageing: ageingPlot,
	};
	for (const [name, plot] of Object.entries(draw)) {
		const measure = DRAWN_OF[name] ?? name;
		const own = samples.filter((sample) => sample.measure === measure);
		if (own.length > 0) writeFileSync(join(directory, `${name}.svg`), svg(plot(own)));
	}
}

/** Plot needs a document to build its SVG in; linkedom is one without a browser. */
function svg(options: Plot.PlotOptions): string {
	const { document } = parseHTML("<!doctype html><html><body></body></html>");
	const element = Plot.plot({
		width: WIDTH,
		marginLeft: 210,
		marginRight: 90,
		marginBottom: 46,
		style: { background: "white", color: "#1f2933", fontFamily: "system-ui, sans-serif", fontSize: "12px" },
		...options,
		document: document as unknown as NonNullable<Plot.PlotOptions["document"]>,
	});
	element.setAttribute("xmlns", "http://www.w3.org/2000/svg");
	return `${element.outerHTML}\n`;
}

const idsOf = (samples: readonly Sample[]) => [...new Set(samples.map(({ contender }) => contender))];

function drainPlot(samples: readonly Sample[]): Plot.PlotOptions {
	const settings = [
		{ title: "sink answers at once, 64 in flight", setting: { sinkMs: 0, concurrency: 64 } },
		{ title: "after 50 ms, 64 in flight", setting: { sinkMs: 50, concurrency: 64 } },
	];
	const rows = settings.flatMap(({ title, setting }) =>
		idsOf(samples).flatMap((id) => {
			const own = select(samples, "drain", id, setting);
			const rate = median(valuesOf(own, "eventsPerSecond"));
			const limit = median(valuesOf(select(samples, "drain", "bare-undici", setting), "eventsPerSecond"));
			return own.length === 0 ? [] : [{ title, id, name: nameOf(id), share: rate / limit, rate }];
		}),
	);
	return {
		...facets(rows.map(({ title }) => title)),
		height: 330,
		x: { label: "share of bare undici →", domain: [0, 1.15], grid: true, ticks: 5 },
		marks: [
			Plot.barX(rows, { x: "share", y: "name", fx: "title", fill: ({ id }) => colour(id), sort: { y: "-x" } }),
			Plot.text(rows, {
				x: "share",
				y: "name",
				fx: "title",
				text: ({ rate }) => `${Math.round(rate).toLocaleString("en")}/s`,
				textAnchor: "start",
				dx: 4,
			}),
		],
	};
}

function costPlot(samples: readonly Sample[]): Plot.PlotOptions {
	const at = samples.filter(({ setting }) => setting["sinkMs"] === 0);
	const rows = idsOf(at).flatMap((id) => {
		const own = select(at, "drain", id);
		const [node, postgres] = [median(valuesOf(own, "nodeMicroseconds")), median(valuesOf(own, "postgresMicroseconds"))];
		return [
			{ name: nameOf(id), part: "Node", us: node, fill: id === "ours" ? OURS : OTHERS },
			...(Number.isNaN(postgres) ? [] : [{ name: nameOf(id), part: "PostgreSQL", us: postgres, fill: POSTGRES }]),
		].filter(({ us }) => !Number.isNaN(us));
	});
	const totals = [...Map.groupBy(rows, ({ name }) => name)].map(([name, parts]) => ({
		name,
		us: parts.reduce((sum, { us }) => sum + us, 0),
	}));
	return {
		height: 300,
		marginTop: 34,
		x: { label: "µs of CPU per event: Node, then PostgreSQL (orange) →", grid: true },
		y: { label: null, domain: totals.sort((a, b) => a.us - b.us).map(({ name }) => name) },
		marks: [
			Plot.barX(rows, { x: "us", y: "name", fill: "fill" }),
			Plot.text(totals, { x: "us", y: "name", text: ({ us }) => digits(us), textAnchor: "start", dx: 4 }),
		],
	};
}

function latencyPlot(samples: readonly Sample[]): Plot.PlotOptions {
	const rows = [200, 1_000].flatMap((rate) =>
		idsOf(samples).map((id) => {
			const own = select(samples, "latency", id, { rate });
			const value = (name: string) => Math.max(0.05, median(valuesOf(own, name)));
			return {
				title: `${rate.toLocaleString("en")} inserts a second`,
				id,
				name: nameOf(id),
				p50: value("p50Ms"),
				p99: value("p99Ms"),
				insert: value("insertP50Ms"),
			};
		}),
	);
	const received = rows.filter(({ p50 }) => !Number.isNaN(p50));
	return {
		...facets(rows.map(({ title }) => title)),
		height: 320,
		x: {
			label: "ms: p50 (filled) to p99 (hollow) from acknowledged to received; bar: the writer's own INSERT, p50 →",
			type: "log",
			grid: true,
		},
		marks: [
			Plot.ruleY(received, {
				y: "name",
				fx: "title",
				x1: "p50",
				x2: "p99",
				stroke: ({ id }) => colour(id),
				strokeWidth: 2,
			}),
			Plot.dot(received, {
				x: "p99",
				y: "name",
				fx: "title",
				fill: "white",
				stroke: ({ id }) => colour(id),
				strokeWidth: 2,
				r: 4,
			}),
			Plot.dot(received, { x: "p50", y: "name", fx: "title", fill: ({ id }) => colour(id), r: 5 }),
			Plot.tickX(rows, { x: "insert", y: "name", fx: "title", stroke: POSTGRES, strokeWidth: 3 }),
		],
	};
}

function scalePlot(samples: readonly Sample[]): Plot.PlotOptions {
	const groups = [...Map.groupBy(samples, ({ setting }) => `${setting["concurrency"]}/${setting["relays"]}`).values()];
	const rows = groups.map((group) => {
		const { relays, concurrency } = (group[0] as Sample).setting;
		return {
			relays: Number(relays),
			line: `${concurrency} in flight each`,
			share: median(valuesOf(group, "ofPossible")),
			busy: median(valuesOf(group, "machineBusy")),
		};
	});
	return {
		height: 320,
		marginLeft: 60,
		marginRight: 140,
		x: { label: "relays →", type: "log", base: 2, ticks: [1, 2, 4, 8], tickFormat: String },
		y: {
			label: "↑ share of what the sink allows; in parentheses how busy the machine was",
			domain: [0, 1.1],
			grid: true,
		},
		marks: [
			Plot.ruleY([0.9], { stroke: OTHERS, strokeDasharray: "4" }),
			Plot.line(rows, { x: "relays", y: "share", z: "line", stroke: OURS, strokeWidth: 2 }),
			Plot.dot(rows, { x: "relays", y: "share", fill: OURS }),
			Plot.text(rows, { x: "relays", y: "share", text: ({ busy }) => `(${Math.round(busy * 100)} %)`, dy: 14 }),
			Plot.text(
				rows,
				Plot.selectLast({ x: "relays", y: "share", z: "line", text: "line", textAnchor: "start", dx: 8 }),
			),
		],
	};
}

function ageingPlot(samples: readonly Sample[]): Plot.PlotOptions {
	const rows = samples.flatMap(({ contender, setting, values }) => {
		const line = (name: string, text: string) => {
			const ms = values[name];
			return typeof ms === "number" && Number.isFinite(ms)
				? [{ second: Number(setting["second"]), ms: Math.max(ms, 0.01), line: text, id: contender }]
				: [];
		};
		return [
			...line("p99Ms", `${nameOf(contender)}, p99`),
			...(contender === "ours" ? line("claimMeanMs", "a claim, mean") : []),
		];
	});
	const pinnedAt = Math.max(
		0,
		...samples.filter(({ setting }) => setting["pinnedSeconds"] === 0).map(({ setting }) => Number(setting["second"])),
	);
	return {
		height: 340,
		marginLeft: 60,
		marginRight: 190,
		x: { label: "seconds →" },
		y: { label: "↑ ms, acknowledged to received", type: "log", grid: true },
		marks: [
			Plot.ruleX([pinnedAt], { stroke: POSTGRES, strokeDasharray: "4" }),
			Plot.text([pinnedAt], {
				x: (x) => x,
				text: () => "snapshot pinned",
				frameAnchor: "top",
				textAnchor: "start",
				dx: 4,
			}),
			Plot.line(rows, { x: "second", y: "ms", z: "line", stroke: ({ id }) => colour(id), strokeWidth: 2 }),
			Plot.text(rows, Plot.selectLast({ x: "second", y: "ms", z: "line", text: "line", textAnchor: "start", dx: 6 })),
		],
	};
}
