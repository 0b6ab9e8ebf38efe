import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Series } from "../../../../api/schema/overview.ts";
import { seriesQuery, triggersQuery } from "../../api/queries.ts";
import { every } from "../../api/repeat.ts";
import { Chart } from "../../charts/chart.tsx";
import { serverNow } from "../../components/clock.ts";
import { Check, Segments } from "../../components/field.tsx";
import { integer, milliseconds, percent, plural, short } from "../../components/numbers.ts";
import { Panel } from "../../components/panel.tsx";
import { WhenLoaded } from "../../components/states.tsx";
import { localTime } from "../../components/time.tsx";
import { chartsOf, overlaid } from "./chart-data.ts";
import { CustomRange } from "./custom-range.tsx";
import { periodBefore, RANGES, useChartRange } from "./range.ts";

/** A step of the shortest range, in which something new can be seen. */
const EVERY_MS = 10_000;
/** To which the period before is pinned, so that it is not read anew with every second. */
const MINUTE_MS = 60_000;

export function Charts() {
	const { shown, preset, choose, zoom, setCompare } = useChartRange();
	const series = useQuery({
		...seriesQuery(shown),
		refetchInterval: every(shown.until === null ? EVERY_MS : false),
	});
	const now = Math.floor(serverNow() / MINUTE_MS) * MINUTE_MS;
	const before = useQuery({ ...seriesQuery(periodBefore(shown, now)), enabled: shown.compare });
	// What was drawn before stays until what is asked for is there.
	const isOld = series.isPlaceholderData || before.isLoading;
	return (
		<Panel
			title={shown.trigger === null ? "Attempts and latency" : `Attempts and latency of ${shown.trigger}`}
			aside={
				<div className="row">
					<TriggerChoice />
					<Check checked={shown.compare} onChange={setCompare}>
						period before
					</Check>
					<Segments label="Time range of the charts" value={preset} options={RANGES} onChange={choose} />
					<CustomRange />
				</div>
			}
		>
			<WhenLoaded query={series} what="the charts">
				{(data) => (
					<div aria-busy={isOld} className={isOld ? "stale" : undefined}>
						<Drawn series={data} before={shown.compare ? (before.data ?? null) : null} zoom={zoom} />
					</div>
				)}
			</WhenLoaded>
			{shown.until === null ? null : (
				<p className="small muted">
					Until {localTime(shown.until)}.{" "}
					<button type="button" className="link-button" onClick={() => choose("60")}>
						Back to the last hour
					</button>
				</p>
			)}
		</Panel>
	);
}

/** Those with settings, or with events that wait: the list is bounded. */
function TriggerChoice() {
	const { shown, setTrigger } = useChartRange();
	const { data } = useQuery(triggersQuery());
	const names = new Set((data?.triggers ?? []).map(({ trigger_id }) => trigger_id));
	if (shown.trigger !== null) names.add(shown.trigger);
	return (
		<select
			className="select compact"
			aria-label="Trigger of the charts"
			value={shown.trigger ?? ""}
			onChange={(change) => setTrigger(change.target.value)}
		>
			<option value="">all triggers</option>
			{[...names].map((name) => (
				<option key={name} value={name}>
					{name.slice(0, 60)}
				</option>
			))}
		</select>
	);
}

interface DrawnProps {
	readonly series: Series;
	readonly before: Series | null;
	readonly zoom: (fromMs: number, toMs: number) => void;
}

function Drawn({ series, before, zoom }: DrawnProps) {
	const { times, perMinute, success, latency, totals } = useMemo(
		() => overlaid(chartsOf(series), before),
		[series, before],
	);
	const none = totals.attempts === 0;
	const onZoom = (from: number, to: number) => zoom(from * 1000, to * 1000);
	return (
		<div className="charts">
			<Chart
				title="Attempts per minute, by outcome"
				summary={
					none
						? "No attempts in this time."
						: `${plural(totals.attempts, "attempt")}, ${integer(totals.accepted)} accepted.`
				}
				kind="stack"
				times={times}
				series={perMinute}
				format={short}
				onZoom={onZoom}
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
				onZoom={onZoom}
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
				onZoom={onZoom}
			/>
		</div>
	);
}
