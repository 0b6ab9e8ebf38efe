import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Series } from "../../../../api/schema/overview.ts";
import { seriesQuery } from "../../api/queries.ts";
import { every } from "../../api/repeat.ts";
import { Chart } from "../../charts/chart.tsx";
import { Segments } from "../../components/field.tsx";
import { useQuery as useQueryString, useSetQuery } from "../../components/location.ts";
import { integer, milliseconds, percent, short } from "../../components/numbers.ts";
import { Panel } from "../../components/panel.tsx";
import { WhenLoaded } from "../../components/states.tsx";
import { chartsOf } from "./chart-data.ts";

const RANGES = [
	["15", "15 min"],
	["60", "1 h"],
	["360", "6 h"],
	["1440", "24 h"],
	["10080", "7 d"],
] as const;
type Range = (typeof RANGES)[number][0];

const DEFAULT_RANGE: Range = "60";
/** A step of the shortest range, in which something new can be seen. */
const EVERY_MS = 10_000;

export function Charts() {
	const { range } = useQueryString();
	const setQuery = useSetQuery();
	const minutes = RANGES.find(([value]) => value === range)?.[0] ?? DEFAULT_RANGE;
	const series = useQuery({ ...seriesQuery(Number(minutes)), refetchInterval: every(EVERY_MS) });
	const choose = (value: Range) => setQuery({ range: value === DEFAULT_RANGE ? undefined : value }, { replace: true });
	return (
		<Panel
			title="Attempts and latency"
			aside={<Segments label="Time range of the charts" value={minutes} options={RANGES} onChange={choose} />}
		>
			<WhenLoaded query={series} what="the charts">
				{(data) => <Drawn series={data} />}
			</WhenLoaded>
		</Panel>
	);
}

function Drawn({ series }: { readonly series: Series }) {
	const { times, perMinute, success, latency, totals } = useMemo(() => chartsOf(series), [series]);
	const none = totals.attempts === 0;
	return (
		<div className="charts">
			<Chart
				title="Attempts per minute, by outcome"
				summary={
					none
						? "No attempts in this time."
						: `${integer(totals.attempts)} attempts, ${integer(totals.accepted)} accepted.`
				}
				kind="stack"
				times={times}
				series={perMinute}
				format={short}
			/>
			<Chart
				title="Success rate"
				summary={
					none ? "No attempts in this time." : `${percent(totals.accepted / totals.attempts)} of attempts accepted.`
				}
				kind="lines"
				max={1.04}
				times={times}
				series={success}
				format={percent}
			/>
			<Chart
				title="From written to delivered"
				summary={
					totals.slowestMedianMs === null
						? "Nothing was delivered in this time."
						: `Median ${milliseconds(totals.slowestMedianMs)} or less throughout.`
				}
				kind="durations"
				times={times}
				series={latency}
				format={milliseconds}
			/>
		</div>
	);
}
