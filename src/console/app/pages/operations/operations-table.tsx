import { Link } from "wouter";
import type { EventOperation } from "../../../../api/schema/event-detail.ts";
import type { Operation } from "../../../../api/schema/operations.ts";
import { isEventId } from "../../components/event-id.ts";
import { eventPath, pathWith } from "../../components/location.ts";
import { type Column, Table } from "../../components/table.tsx";
import { Text } from "../../components/text.tsx";
import { Time } from "../../components/time.tsx";
import { shortId } from "../events/event-columns.tsx";

type Row = EventOperation & Partial<Pick<Operation, "event_id" | "trigger_id" | "run_no">>;

const WHAT: readonly Column<Row>[] = [
	{ header: "When", width: "12.6rem", cell: ({ at }) => <Time at={at} show="local" /> },
	{ header: "Who", width: "15%", cell: ({ actor }) => <Text value={actor} /> },
	{ header: "What", width: "6.6rem", cell: ({ action }) => <Text value={action} /> },
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

function About({ row: { event_id, trigger_id, run_no } }: { readonly row: Row }) {
	if (event_id) {
		return (
			<Link href={eventPath(event_id)} className="mono" title={event_id}>
				{shortId(event_id)}
			</Link>
		);
	}
	if (run_no) return <Link href={pathWith("/operations", { run: run_no })}>bulk run {run_no}: its decisions</Link>;
	if (!trigger_id) return <span className="muted">–</span>;
	return (
		<Link href={pathWith("/triggers", { find: trigger_id })}>
			<Text value={trigger_id} />
		</Link>
	);
}

/** `was dead, attempts 3`: what a decision changed. */
function Detail({ detail }: { readonly detail: unknown }) {
	if (detail === null || detail === undefined) return <span className="muted">–</span>;
	const other = otherEvent(detail);
	if (other !== null) {
		return (
			<span className="small">
				{other.word}{" "}
				<Link href={eventPath(other.id)} className="mono">
					{shortId(other.id)}
				</Link>
			</span>
		);
	}
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
			oneLine
		/>
	);
}

/** An event that was sent again as a new one, and the new one, name each other. */
function otherEvent(detail: unknown): { readonly word: string; readonly id: string } | null {
	const { of, as } = detail as { of?: unknown; as?: unknown };
	if (typeof of === "string" && isEventId(of)) return { word: "in place of", id: of };
	return typeof as === "string" && isEventId(as) ? { word: "as", id: as } : null;
}
