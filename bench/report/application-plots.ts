import * as Plot from "@observablehq/plot";
import { SCHEMES } from "../measures/writer-schemes.ts";
import { type Sample, select, settingsOf } from "../samples.ts";
import { keptShare } from "./application-goals.ts";
import { colour, facets, OTHERS, WARNING } from "./plot-style.ts";

/** What a checkout pays, in the setting that most shops would recognise: many of them at once, on a disk of a cloud. */
const CHECKOUT = { writers: 32, delayMs: 1 } as const;
/** Of a hundred transactions with a plain table, so many are left; the rest is the price. */
const IN_WORDS: Readonly<Record<string, string>> = {
	notify: "an outbox that notifies each time",
	"ours-absent": "reward-outbox: no relay runs",
	"ours-behind": "the relay is behind, Reward is slow",
	"ours-down": "Reward is down",
	"ours-revoked": "Reward refuses the key",
	"ours-paused": "an operator has paused the trigger",
	"ours-apart": "the relay delivers, on processors of its own",
	"ours-awake": "the relay delivers, on the shop's processors",
};

export function checkoutPlot(samples: readonly Sample[]): Plot.PlotOptions {
	const rows = SCHEMES.flatMap((scheme) => {
		const kept = keptShare(samples, scheme, CHECKOUT);
		const name = IN_WORDS[scheme.id];
		return name === undefined || kept.rounds === 0 ? [] : [{ id: scheme.id, name, ...kept }];
	});
	return {
		height: 110 + 34 * rows.length,
		marginTop: 62,
		marginLeft: 290,
		x: { label: "of a plain table's checkouts a second →", domain: [0, 1.15], tickFormat: ".0%", ticks: 5, grid: true },
		y: { label: null, domain: rows.map(({ name }) => name) },
		marks: [
			Plot.barX(rows, { x: "median", y: "name", fill: ({ id }) => (id === "notify" ? WARNING : colour(id)) }),
			Plot.ruleY(rows, { x1: "least", x2: "most", y: "name", stroke: "#1f2933" }),
			Plot.ruleX([1], { stroke: OTHERS, strokeDasharray: "4" }),
			headline("What your checkout pays", -46, 17),
			headline(
				"Checkouts a second that are left of what a plain outbox table allows: 32 at once, each commit takes 1 ms more",
				-26,
				12,
			),
			Plot.text(rows, {
				x: ({ median, most }) => Math.max(median, most),
				y: "name",
				text: ({ median }) => `${Math.round(median * 100)} %`,
				textAnchor: "start",
				dx: 5,
			}),
		],
	};
}

function headline(text: string, dy: number, fontSize: number) {
	return Plot.text([text], {
		text: (line) => line,
		frameAnchor: "top-left",
		textAnchor: "start",
		dx: -280,
		dy,
		fontSize,
	});
}

export function writersPlot(samples: readonly Sample[]): Plot.PlotOptions {
	const settings = settingsOf(samples);
	const rows = settings.flatMap((setting) =>
		SCHEMES.filter(({ yardstick }) => yardstick !== null).flatMap((scheme) => {
			const { id, name } = scheme;
			const own = select(samples, "writers", id, setting);
			const share = keptShare(samples, scheme, setting).median;
			const delay = Number(setting["delayMs"]) > 0 ? `fsync + ${setting["delayMs"]} ms` : "fsync as it is";
			return own.length === 0 ? [] : [{ id, name, share, writers: `${setting["writers"]} writers`, delay }];
		}),
	);
	const delays = new Set(rows.map(({ delay }) => delay)).size;
	return {
		...facets(rows.map(({ writers }) => writers)),
		height: 60 + 190 * delays,
		marginRight: 110,
		fy: { label: null },
		x: { label: "share of a plain outbox table's throughput →", domain: [0, 1.2], ticks: 5, grid: true },
		y: {
			label: null,
			domain: SCHEMES.filter(({ name }) => rows.some((row) => row.name === name)).map(({ name }) => name),
		},
		marks: [
			Plot.barX(rows, { x: "share", y: "name", fx: "writers", fy: "delay", fill: ({ id }) => colour(id) }),
			Plot.text(rows, {
				x: "share",
				y: "name",
				fx: "writers",
				fy: "delay",
				text: ({ share }) => share.toFixed(2),
				textAnchor: "start",
				dx: 3,
			}),
		],
	};
}
