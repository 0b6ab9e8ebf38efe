import { Link } from "wouter";
import type { EventRow } from "../../../../api/schema/events.ts";
import { StatusBadge } from "../../components/badge.tsx";
import { eventPath } from "../../components/location.ts";
import type { Column } from "../../components/table.tsx";
import { Text } from "../../components/text.tsx";
import { Time } from "../../components/time.tsx";

const ID_CAP = 60;
const ERROR_CAP = 110;

/** The beginning says when it was written, the end tells it from its neighbours. */
export function shortId(id: string): string {
	return `${id.slice(0, 8)}…${id.slice(-6)}`;
}

export const EVENT_COLUMNS: readonly Column<EventRow>[] = [
	{
		header: "Status",
		width: "8.6rem",
		cell: (event) => <StatusBadge status={event.status} />,
		sortBy: ({ status }) => status,
	},
	{
		header: "Event",
		width: "9.8rem",
		cell: ({ id }) => (
			<Link href={eventPath(id)} className="mono" title={id}>
				{shortId(id)}
			</Link>
		),
	},
	{
		header: "Trigger",
		cell: ({ trigger_id }) => <Text value={trigger_id} cap={ID_CAP} />,
		sortBy: ({ trigger_id }) => trigger_id,
	},
	{ header: "User", cell: ({ user_id }) => <Text value={user_id} cap={ID_CAP} />, sortBy: ({ user_id }) => user_id },
	{
		header: "Written",
		width: "7rem",
		cell: ({ created_at }) => <Time at={created_at} />,
		sortBy: ({ created_at }) => created_at,
	},
	{
		header: "Attempts",
		width: "6rem",
		isMinor: true,
		cell: ({ attempts }) => attempts,
		right: true,
		sortBy: ({ attempts }) => attempts,
	},
	{ header: "Last answer", width: "25%", cell: (event) => <LastAnswer event={event} /> },
	{ header: "Next", width: "9.4rem", isMinor: true, cell: (event) => <Next event={event} /> },
];

function LastAnswer({ event: { last_outcome, last_http_status, last_error } }: { readonly event: EventRow }) {
	if (last_outcome === null) return <span className="muted">none yet</span>;
	const http = last_http_status === null ? "" : ` ${last_http_status}`;
	return (
		<span className="small">
			{last_outcome.replace("_", " ")}
			<span className="num">{http}</span>
			{last_error === null ? null : (
				<span className="muted">
					{" "}
					<Text value={last_error} cap={ERROR_CAP} />
				</span>
			)}
		</span>
	);
}

function Next({ event }: { readonly event: EventRow }) {
	if (event.status === "delivered" && event.delivered_at !== null) {
		return (
			<span className="small">
				delivered <Time at={event.delivered_at} />
			</span>
		);
	}
	if (event.status === "pending" && event.next_attempt_at !== null) {
		return (
			<span className="small">
				due <Time at={event.next_attempt_at} />
			</span>
		);
	}
	if (event.status === "uncertain") return <span className="small">a person decides</span>;
	return <span className="muted">–</span>;
}
