import { Link } from "wouter";
import type { FailureGroup } from "../../../../api/schema/failures.ts";
import { StatusBadge } from "../../components/badge.tsx";
import { pathWith } from "../../components/location.ts";
import { integer } from "../../components/numbers.ts";
import { type Column, Table } from "../../components/table.tsx";
import { Text } from "../../components/text.tsx";
import { Time } from "../../components/time.tsx";
import { filterOfGroup } from "./group-filter.ts";

const COLUMNS: readonly Column<FailureGroup>[] = [
	{
		header: "Status",
		width: "8.8rem",
		cell: ({ status }) => <StatusBadge status={status} />,
		sortBy: ({ status }) => status,
	},
	{ header: "Cause", cell: (group) => <Cause group={group} /> },
	{
		header: "Trigger",
		width: "17%",
		cell: ({ trigger_id }) => <Text value={trigger_id} />,
		sortBy: ({ trigger_id }) => trigger_id,
	},
	{
		header: "Events",
		width: "5rem",
		right: true,
		cell: ({ events }) => integer(events),
		sortBy: ({ events }) => events,
	},
	{
		header: "Users",
		isMinor: true,
		width: "4.6rem",
		right: true,
		cell: ({ users }) => integer(users),
		sortBy: ({ users }) => users,
	},
	{
		header: "Value",
		width: "6.4rem",
		right: true,
		cell: ({ value }) => (value === null ? "–" : <Text value={value} />),
		sortBy: ({ value }) => Number(value ?? 0),
	},
	{
		header: "First",
		isMinor: true,
		width: "7rem",
		cell: ({ first_at }) => <Time at={first_at} />,
		sortBy: ({ first_at }) => first_at,
	},
	{ header: "Last", width: "7rem", cell: ({ last_at }) => <Time at={last_at} />, sortBy: ({ last_at }) => last_at },
	{ header: "Action", width: "8.2rem", cell: (group) => <GroupAction group={group} /> },
];

/** On the overview there is less room, and the rest is a click away. */
const SHORT = COLUMNS.filter(({ header }) => !["Users", "First"].includes(header)).map(
	({ sortBy: _, ...column }) => column,
);

function Cause({ group }: { readonly group: FailureGroup }) {
	const { outcome, http_status: http, error_code: code, example_error: error } = group;
	const answer = http === null ? (outcome === "not_sent" ? "not sent" : "no answer") : `HTTP ${http}`;
	return (
		<Link href={pathWith("/events", { ...filterOfGroup(group) })}>
			<span className="num">{answer}</span>
			{code === null ? null : (
				<>
					{" "}
					<Text value={code} mono />
				</>
			)}
			{error === null ? null : (
				<>
					{" "}
					<Text value={error} />
				</>
			)}
		</Link>
	);
}

/** What is dead is sent again together; what is uncertain is looked up one by one; what waits is tried by itself. */
function GroupAction({ group }: { readonly group: FailureGroup }) {
	const filter = { ...filterOfGroup(group) };
	switch (group.status) {
		case "dead":
			return (
				<Link className="button small" href={pathWith("/bulk", filter)}>
					Retry {integer(group.events)}…
				</Link>
			);
		case "uncertain":
			return (
				<Link className="button small" href={pathWith("/events", filter)}>
					Resolve…
				</Link>
			);
		default:
			return <span className="muted small">tried again</span>;
	}
}

interface FailureTableProps {
	readonly groups: readonly FailureGroup[];
	readonly isShort?: boolean;
}

/** A line for each cause, with one action for all of its events. */
export function FailureTable({ groups, isShort = false }: FailureTableProps) {
	return (
		<Table
			caption="Failures by cause"
			columns={isShort ? SHORT : COLUMNS}
			rows={groups}
			keyOf={({ status, example_id }) => `${status} ${example_id}`}
			oneLine
			isDense
			isHeadless={isShort}
		/>
	);
}
