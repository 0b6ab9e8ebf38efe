import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import type { EventDetail } from "../../../../api/schema/event-detail.ts";
import { ApiFailure } from "../../api/failure.ts";
import { eventQuery } from "../../api/queries.ts";
import { every } from "../../api/repeat.ts";
import { StatusBadge } from "../../components/badge.tsx";
import { Copy } from "../../components/copy.tsx";
import { JsonView } from "../../components/json-view.tsx";
import { eventPath, pathWith, useTitle } from "../../components/location.ts";
import { plural } from "../../components/numbers.ts";
import { PageHead, Panel } from "../../components/panel.tsx";
import { Prose } from "../../components/prose.tsx";
import { Empty, Note, WhenLoaded } from "../../components/states.tsx";
import { Text } from "../../components/text.tsx";
import { shortId } from "../events/event-columns.tsx";
import { OperationsTable } from "../operations/operations-table.tsx";
import { EventActions } from "./event-actions.tsx";
import { EventFacts } from "./event-facts.tsx";
import { LifeBar } from "./life-bar.tsx";
import { Neighbours } from "./neighbours.tsx";
import { Timeline } from "./timeline.tsx";

/** While something is about to happen, it is shown when it has happened. */
const UNDER_WAY_EVERY_MS = 2000;
const SETTLED_EVERY_MS = 30_000;

export function EventPage({ id }: { readonly id: string }) {
	const detail = useQuery({
		...eventQuery(id),
		refetchInterval: every((data?: EventDetail) => {
			const status = data?.event.status;
			return status === "pending" || status === "sending" ? UNDER_WAY_EVERY_MS : SETTLED_EVERY_MS;
		}),
	});
	const named = detail.data?.event;
	useTitle(named === undefined ? `Event ${shortId(id)}` : `${named.trigger_id} for ${named.user_id}`.slice(0, 80));
	const status = detail.error instanceof ApiFailure ? detail.error.status : null;
	if (detail.data === undefined && (status === 404 || status === 400)) return <NoSuchEvent id={id} />;
	return (
		<WhenLoaded query={detail} what="the event">
			{(data) => <Sections detail={data} />}
		</WhenLoaded>
	);
}

function NoSuchEvent({ id }: { readonly id: string }) {
	return (
		<>
			<PageHead title="There is no such event" />
			<Empty icon="search">
				<p>
					No event has the id <Text value={id} cap={80} mono />.
				</p>
				<p>
					Its transaction may have been rolled back, it may have been pruned, or it is another kind of id: search it as
					a <Link href={pathWith("/events", { user: id })}>user</Link> or an{" "}
					<Link href={pathWith("/events", { idempotency_key: id })}>idempotency key</Link>.
				</p>
			</Empty>
		</>
	);
}

function Sections({ detail }: { readonly detail: EventDetail }) {
	const { event } = detail;
	return (
		<>
			<Head detail={detail} />
			<Order detail={detail} />
			<div className="columns wide-left">
				<div className="stack">
					<Panel title="What happened">
						<LifeBar detail={detail} />
						<ul className="explanation">
							{detail.explanation.map((line) => (
								<li key={line}>
									<Prose text={line} cap={1000} />
								</li>
							))}
						</ul>
					</Panel>
					<Panel title="Attempts">
						<Timeline detail={detail} />
					</Panel>
				</div>
				<div className="stack">
					<Panel title="Event">
						<EventFacts event={event} />
					</Panel>
					<Panel title="Payload">
						<JsonView value={event.payload} what="payload" />
					</Panel>
					{event.metadata === null ? null : (
						<Panel title="Metadata">
							<JsonView value={event.metadata} what="metadata" />
						</Panel>
					)}
				</div>
			</div>
			<Panel title="What people decided" flush>
				{detail.operations.length === 0 ? (
					<Empty icon="operations">Nobody has intervened.</Empty>
				) : (
					<OperationsTable operations={[...detail.operations].reverse()} />
				)}
			</Panel>
		</>
	);
}

function Head({ detail }: { readonly detail: EventDetail }) {
	const { event } = detail;
	return (
		<div className="page-head">
			<div className="stack tight">
				<h1 className="row">
					<span>
						<Text value={event.trigger_id} cap={80} /> for <Text value={event.user_id} cap={80} />
					</span>
					<StatusBadge status={event.status} />
				</h1>
				<div className="row tight">
					<code className="id">{event.id}</code>
					<Copy text={event.id} what="id" />
					<Copy text={window.location.href} what="link" withWords />
					<Neighbours id={event.id} />
				</div>
			</div>
			<div className="actions">
				<EventActions detail={detail} />
			</div>
		</div>
	);
}

/** What holds it back, and what it holds back. */
function Order({ detail: { held_back_by: by, holds_back, event } }: { readonly detail: EventDetail }) {
	return (
		<>
			{by === null ? null : (
				<Note tone="warn" icon="clock">
					<p>
						It waits: an earlier event of its ordering key has to end first, which is <StatusBadge status={by.status} />{" "}
						<Link href={eventPath(by.id)} className="mono">
							{shortId(by.id)}
						</Link>
						.
					</p>
				</Note>
			)}
			{holds_back === 0 ? null : (
				<Note tone="warn" icon="clock">
					<p>
						{holds_back >= 1000 ? "At least " : ""}
						{plural(holds_back, "event waits", "events wait")} behind it, in the order of the key{" "}
						<Text value={event.ordering_key ?? ""} cap={80} mono />.{" "}
						<Link href={pathWith("/events", { user: event.user_id, status: "pending" })}>
							Show what waits for this user
						</Link>
					</p>
				</Note>
			)}
		</>
	);
}
