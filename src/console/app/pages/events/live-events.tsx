import { useState } from "react";
import { Link } from "wouter";
import type { TailGap } from "../../../../api/schema/events.ts";
import { Badge } from "../../components/badge.tsx";
import { Icon } from "../../components/icon.tsx";
import { pathWith } from "../../components/location.ts";
import { plural } from "../../components/numbers.ts";
import { Panel } from "../../components/panel.tsx";
import { Empty, Loading, Note } from "../../components/states.tsx";
import { Table } from "../../components/table.tsx";
import { Text } from "../../components/text.tsx";
import { Time } from "../../components/time.tsx";
import { EVENT_COLUMNS } from "./event-columns.tsx";
import { type EventFilter, filterInWords } from "./filter.ts";
import { gapsByRow, MOST_ROWS } from "./merge-rows.ts";
import { type Tail, useTail } from "./use-tail.ts";

export function LiveEvents({ filter }: { readonly filter: EventFilter }) {
	const [isPaused, setPaused] = useState(false);
	const tail = useTail(filter, isPaused);
	const gaps = gapsByRow(tail.rows, tail.gaps);
	return (
		<Panel
			title={filterInWords(filter)}
			flush
			aside={
				<div className="row">
					<TailBadge tail={tail} isPaused={isPaused} />
					<button type="button" className="button small" onClick={() => setPaused(!isPaused)}>
						<Icon name={isPaused ? "play" : "pause"} />
						{isPaused ? "Go on" : "Pause"}
					</button>
				</div>
			}
		>
			{tail.problem === null ? null : (
				<Note tone="bad" urgent>
					<Text value={tail.problem} />
				</Note>
			)}
			{tail.rows.length > 0 ? (
				<Table
					caption="Events as they are committed"
					columns={EVENT_COLUMNS}
					rows={tail.rows}
					keyOf={({ id }) => id}
					oneLine
					isDense
					isFresh={({ id }) => tail.fresh.has(id)}
					before={({ id }) => (gaps.has(id) ? <Gaps gaps={gaps.get(id)} filter={filter} /> : null)}
				/>
			) : tail.state === "live" ? (
				<Empty icon="clock">No event yet. New ones appear here as they are committed.</Empty>
			) : (
				<Loading what="the live tail" />
			)}
			<Gaps gaps={gaps.get("")} filter={filter} />
			{tail.rows.length < MOST_ROWS ? null : (
				<p className="table-foot small muted">
					The newest {MOST_ROWS} are kept here.{" "}
					<Link href={pathWith("/events", { ...filter })}>Search for older ones</Link>
				</p>
			)}
		</Panel>
	);
}

/** Nothing is left out in silence: where events are missing, and the search that shows them. */
function Gaps({ gaps = [], filter }: { readonly gaps?: readonly TailGap[] | undefined; readonly filter: EventFilter }) {
	return gaps.map(({ above, since, until }) => (
		<p key={above + until} className="gap small">
			<Icon name="alert" />
			<span>
				Events written between <Time at={since} show="local" /> and <Time at={until} show="local" /> came faster than
				they could be shown. <Link href={pathWith("/events", { ...filter, since, until })}>Show them</Link>
			</span>
		</p>
	));
}

function TailBadge({ tail, isPaused }: { readonly tail: Tail; readonly isPaused: boolean }) {
	return (
		<span role="status">
			{tail.state === "reconnecting" ? (
				<Badge tone="warn" icon="clock">
					reconnecting…
				</Badge>
			) : isPaused ? (
				<Badge tone="neutral" icon="pause">
					{tail.waiting === 0 ? "paused" : `paused, ${plural(tail.waiting, "new event")}`}
				</Badge>
			) : tail.state === "live" ? (
				<Badge tone="good" icon="check">
					live
				</Badge>
			) : (
				<Badge tone="neutral" icon="clock">
					connecting…
				</Badge>
			)}
		</span>
	);
}
