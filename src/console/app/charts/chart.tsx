import { useState } from "react";
import { localTime } from "../components/time.tsx";
import { Plot, type PlotProps } from "./plot.tsx";

interface ChartProps extends Omit<PlotProps, "onPoint"> {
	readonly title: string;
	/** The chart in one sentence, for everybody. */
	readonly summary: string;
}

const MOST_TABLE_ROWS = 60;

/** A chart with its legend, what it says in a sentence, and its numbers as a table. */
export function Chart({ title, summary, ...plot }: ChartProps) {
	const [point, setPoint] = useState<number | null>(null);
	const at = point === null ? undefined : plot.times[point];
	return (
		<figure className="chart">
			<figcaption>
				<h3>{title}</h3>
				<p className="muted small">{at === undefined ? summary : localTime(new Date(at * 1000).toISOString())}</p>
			</figcaption>
			<ul className="legend small" aria-hidden="true">
				{plot.series.map(({ label, colour, values }) => (
					<li key={label}>
						<Swatch colour={colour} />
						{label}
						<span className="num">{valueAt(values, point, plot.format)}</span>
					</li>
				))}
			</ul>
			<Plot {...plot} onPoint={setPoint} />
			<ChartTable title={title} {...plot} />
		</figure>
	);
}

function Swatch({ colour }: { readonly colour: string }) {
	return <span className="swatch" style={{ background: `var(${colour})` }} />;
}

function valueAt(values: readonly (number | null)[], point: number | null, format: (value: number) => string): string {
	const value = point === null ? undefined : values[point];
	return value === undefined || value === null ? "" : format(value);
}

function ChartTable({
	title,
	times,
	series,
	format,
}: Omit<PlotProps, "onPoint" | "onZoom" | "kind"> & { readonly title: string }) {
	const [isOpen, setOpen] = useState(false);
	const rows = times
		.map((time, index) => ({ time, index }))
		.slice(-MOST_TABLE_ROWS)
		.reverse();
	return (
		<details className="small" onToggle={(event) => setOpen(event.currentTarget.open)}>
			<summary>Numbers as a table</summary>
			{isOpen ? (
				// biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls inside itself has to be reachable by keyboard
				<section className="table-scroll chart-table" aria-label={`${title}, numbers`} tabIndex={0}>
					<table className="table">
						<thead>
							<tr>
								<th scope="col">From</th>
								{series.map(({ label }) => (
									<th key={label} scope="col" className="right">
										{label}
									</th>
								))}
							</tr>
						</thead>
						<tbody>
							{rows.map(({ time, index }) => (
								<tr key={time}>
									<td>{localTime(new Date(time * 1000).toISOString())}</td>
									{series.map(({ label, values }) => (
										<td key={label} className="right">
											{valueAt(values, index, format) || "–"}
										</td>
									))}
								</tr>
							))}
						</tbody>
					</table>
				</section>
			) : null}
		</details>
	);
}
