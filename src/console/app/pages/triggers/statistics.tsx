import { useQuery as useData } from "@tanstack/react-query";
import { Link } from "wouter";
import type { TriggerStatistics } from "../../../../api/schema/triggers.ts";
import { attemptsIn, OUTCOME_CLASSES, type OutcomeClass } from "../../../../event/outcome.ts";
import { statisticsQuery } from "../../api/queries.ts";
import { every } from "../../api/repeat.ts";
import { OUTCOME_LOOKS } from "../../components/badge.tsx";
import { capitalized } from "../../components/capitalized.ts";
import { Segments } from "../../components/field.tsx";
import { pathWith, useQuery, useSetQuery } from "../../components/location.ts";
import { integer, milliseconds, percent } from "../../components/numbers.ts";
import { Panel } from "../../components/panel.tsx";
import { Empty, WhenLoaded } from "../../components/states.tsx";
import { type Column, Table } from "../../components/table.tsx";
import { Text } from "../../components/text.tsx";
import { Time } from "../../components/time.tsx";

const RANGES = [
	["60", "1 h"],
	["1440", "24 h"],
	["10080", "7 d"],
] as const;
const EVERY_MS = 60_000;

const duration = (ms: number | null) => (ms === null ? "–" : milliseconds(ms));

const FAILURES = OUTCOME_CLASSES.filter((outcome) => outcome !== "accepted");

function countOf(outcome: OutcomeClass): Column<TriggerStatistics> {
	const { words } = OUTCOME_LOOKS[outcome];
	return {
		header: capitalized(words),
		width: words.length > 8 ? "7rem" : "6rem",
		isMinor: outcome !== "refused",
		right: true,
		cell: (one) => integer(one[outcome]),
		sortBy: (one) => one[outcome],
	};
}

const COLUMNS: readonly Column<TriggerStatistics>[] = [
	{
		header: "Trigger",
		cell: ({ trigger_id }) => (
			<Link href={pathWith("/", { trigger: trigger_id })}>
				<Text value={trigger_id} />
			</Link>
		),
		sortBy: ({ trigger_id }) => trigger_id,
	},
	{
		header: "Events",
		width: "6rem",
		right: true,
		cell: ({ events }) => integer(events),
		sortBy: ({ events }) => events,
	},
	{
		header: "Accepted",
		width: "6.6rem",
		right: true,
		cell: (one) => percent(one.accepted / attemptsIn(one)),
		sortBy: (one) => one.accepted / attemptsIn(one),
	},
	...FAILURES.map(countOf),
	{
		header: "Median",
		width: "6rem",
		right: true,
		cell: ({ latency_p50_ms: ms }) => duration(ms),
		sortBy: ({ latency_p50_ms: ms }) => ms ?? -1,
	},
	{
		header: "95 %",
		width: "6rem",
		right: true,
		cell: ({ latency_p95_ms: ms }) => duration(ms),
		sortBy: ({ latency_p95_ms: ms }) => ms ?? -1,
	},
	{
		header: "Value",
		width: "7rem",
		right: true,
		cell: ({ accepted_value: value }) => (value === null ? "–" : <Text value={value} />),
		sortBy: ({ accepted_value: value }) => Number(value ?? 0),
	},
];

/** How the triggers do, beside each other. */
export function Statistics() {
	const { window = "60" } = useQuery();
	const setQuery = useSetQuery();
	const minutes = RANGES.find(([value]) => value === window)?.[0] ?? "60";
	const statistics = useData({ ...statisticsQuery(Number(minutes)), refetchInterval: every(EVERY_MS) });
	return (
		<Panel
			title="How they do"
			flush
			aside={
				<Segments
					label="Events written within"
					value={minutes}
					options={RANGES}
					onChange={(value) => setQuery({ window: value === "60" ? undefined : value }, { replace: true })}
				/>
			}
		>
			<WhenLoaded query={statistics} what="the statistics">
				{({ triggers, since, at_least }) => (
					<>
						{triggers.length === 0 ? (
							<Empty icon="triggers">Nothing was attempted in this time.</Empty>
						) : (
							<Table
								caption="Statistics by trigger"
								columns={COLUMNS}
								rows={triggers}
								keyOf={({ trigger_id }) => trigger_id}
								oneLine
							/>
						)}
						<p className="table-foot small muted">
							Of events written since <Time at={since} show="local" />
							{at_least ? ": the newest 50,000 attempts, and at most 200 triggers, are looked at" : ""}. Value: what
							accepted payloads have as “value”.
						</p>
					</>
				)}
			</WhenLoaded>
		</Panel>
	);
}
