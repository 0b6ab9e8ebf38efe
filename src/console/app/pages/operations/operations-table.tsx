import { Link } from "wouter";
import type { EventOperation } from "../../../../api/schema/event-detail.ts";
import type { Operation } from "../../../../api/schema/operations.ts";
import { eventPath, pathWith } from "../../components/location.ts";
import { type Column, Table } from "../../components/table.tsx";
import { Text } from "../../components/text.tsx";
import { Time } from "../../components/time.tsx";
import { shortId } from "../events/event-columns.tsx";

type Row = EventOperation & Partial<Pick<Operation, "event_id" | "trigger_id">>;

const WHAT: readonly Column<Row>[] = [
	{ header: "When", cell: ({ at }) => <Time at={at} show="local" /> },
	{ header: "Who", cell: ({ actor }) => <Text value={actor} cap={80} /> },
	{ header: "What", cell: ({ action }) => <Text value={action} cap={40} /> },
];
const ABOUT: Column<Row> = { header: "About", cell: (row) => <About row={row} /> };
const WHY: readonly Column<Row>[] = [
	{
		header: "Why",
		cell: ({ reason }) => (reason === null ? <span className="muted">–</span> : <Text value={reason} cap={200} />),
	},
	{ header: "Detail", cell: ({ detail }) => <Detail detail={detail} /> },
];
const OF_AN_EVENT = [...WHAT, ...WHY];
const OF_ANYTHING = [...WHAT, ABOUT, ...WHY];

function About({ row: { event_id, trigger_id } }: { readonly row: Row }) {
	return (
		<div className="stack tight">
			{event_id ? (
				<Link href={eventPath(event_id)} className="mono nowrap" title={event_id}>
					{shortId(event_id)}
				</Link>
			) : null}
			{trigger_id ? (
				<Link href={pathWith("/triggers", { find: trigger_id })} className="small">
					<Text value={trigger_id} cap={60} />
				</Link>
			) : null}
			{event_id || trigger_id ? null : <span className="muted">–</span>}
		</div>
	);
}

/** `was dead, attempts 3`: what a decision changed. */
function Detail({ detail }: { readonly detail: unknown }) {
	if (detail === null || detail === undefined) return <span className="muted">–</span>;
	const isObject = typeof detail === "object" && !Array.isArray(detail);
	const text = isObject
		? Object.entries(detail)
				.map(
					([name, value]) =>
						`${name.replaceAll("_", " ")}: ${typeof value === "string" ? value : JSON.stringify(value)}`,
				)
				.join(", ")
		: JSON.stringify(detail);
	return (
		<span className="small muted">
			<Text value={text} cap={160} />
		</span>
	);
}

interface OperationsTableProps {
	readonly operations: readonly Row[];
	/** With a column for what they are about. */
	readonly isAboutAnything?: boolean;
}

export function OperationsTable({ operations, isAboutAnything = false }: OperationsTableProps) {
	return (
		<Table
			caption="What people decided"
			columns={isAboutAnything ? OF_ANYTHING : OF_AN_EVENT}
			rows={operations}
			keyOf={({ at, actor, action, event_id, trigger_id }) => [at, actor, action, event_id, trigger_id].join()}
		/>
	);
}
