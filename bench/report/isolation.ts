import { ISOLATION_SCHEMES } from "../measures/isolation.ts";
import { ratios, type Sample, select, valuesOf } from "../samples.ts";
import { median, spread } from "../statistics.ts";
import { digits, show } from "./goal.ts";
import { markdown } from "./tables.ts";

export function isolationTable(samples: readonly Sample[]): string {
	const quiet = select(samples, "isolation", "quiet");
	const rows = ISOLATION_SCHEMES.map(({ id, name }) => {
		const own = select(samples, "isolation", id);
		const cell = (value: string) => digits(median(valuesOf(own, value)));
		const of = (value: string) => (id === "quiet" ? "–" : `${show(spread(ratios(own, quiet, value)))}x`);
		const worst = digits(Math.max(...valuesOf(own, "worstMs")));
		return [name, `${cell("p50Ms")} / ${cell("p99Ms")}`, `${of("p50Ms")} / ${of("p99Ms")}`, worst];
	});
	return markdown(
		["events of one trigger beside others", "received, p50 / p99, ms", "of those alone", "worst, ms"],
		rows,
	);
}
