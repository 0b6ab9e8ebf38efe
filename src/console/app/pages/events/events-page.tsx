import { useQuery as useData } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Link } from "wouter";
import type { EventPage, EventRow } from "../../../../api/schema/events.ts";
import { exportAddress } from "../../api/calls.ts";
import { eventsQuery } from "../../api/queries.ts";
import { Icon } from "../../components/icon.tsx";
import { pathWith, useQuery, useSetQuery, useTitle } from "../../components/location.ts";
import { PageHead, Panel } from "../../components/panel.tsx";
import { Empty, WhenLoaded } from "../../components/states.tsx";
import { Table } from "../../components/table.tsx";
import { useWhyNot } from "../../session/session.tsx";
import { rememberList } from "../event/neighbours.tsx";
import { ColumnChoice, useEventColumns } from "./column-choice.tsx";
import { type EventFilter, filterInWords, filterOf, isEmpty } from "./filter.ts";
import { FilterForm } from "./filter-form.tsx";
import { LiveEvents } from "./live-events.tsx";
import { countInWords, total, useMatchCounts } from "./match-counts.ts";
import { NewEvents } from "./new-events.tsx";
import { Pager } from "./pager.tsx";
import { SavedViews } from "./saved-views.tsx";
import { SearchBound } from "./search-bound.tsx";
import { SelectionBar } from "./selection-bar.tsx";

/** A pager below is wanted where the one above is out of sight. */
const LONG_PAGE = 12;

export function EventsPage() {
	useTitle("Events");
	const query = useQuery();
	const setQuery = useSetQuery();
	const filter = filterOf(query);
	const isLive = query["live"] === "1";
	return (
		<>
			<PageHead title="Events" actions={<Actions filter={filter} isLive={isLive} />}>
				Every event ever written, until pruned; the newest first.
			</PageHead>
			<SavedViews filter={filter} />
			<FilterForm
				key={`form ${JSON.stringify(filter)}`}
				filter={filter}
				onSearch={(found) => setQuery({ ...found, cursor: undefined })}
			/>
			{isLive ? <LiveEvents key={`live ${JSON.stringify(filter)}`} filter={filter} /> : <PagedEvents filter={filter} />}
		</>
	);
}

function Actions({ filter, isLive }: { readonly filter: EventFilter; readonly isLive: boolean }) {
	const setQuery = useSetQuery();
	const mayNot = useWhyNot();
	return (
		<>
			<button
				type="button"
				className={isLive ? "button primary" : "button"}
				aria-pressed={isLive}
				onClick={() => setQuery({ live: isLive ? undefined : "1", cursor: undefined })}
			>
				<Icon name="play" />
				Live tail
			</button>
			<a className="button" href={exportAddress("csv", filter)} download>
				<Icon name="download" />
				CSV
			</a>
			<a className="button" href={exportAddress("jsonl", filter)} download>
				<Icon name="download" />
				JSON lines
			</a>
			{isEmpty(filter) || mayNot !== null ? null : (
				<Link className="button" href={pathWith("/bulk", { ...filter })}>
					<Icon name="bulk" />
					Bulk…
				</Link>
			)}
		</>
	);
}

function PagedEvents({ filter }: { readonly filter: EventFilter }) {
	const { cursor } = useQuery();
	const events = useData(eventsQuery({ ...filter, ...(cursor === undefined ? {} : { cursor }) }));
	return (
		<WhenLoaded query={events} what="events">
			{(page) => (
				<EventsPanel
					key={cursor ?? ""}
					page={page}
					filter={filter}
					isStale={events.isPlaceholderData}
					refresh={events.refetch}
				/>
			)}
		</WhenLoaded>
	);
}

interface EventsPanelProps {
	readonly page: EventPage;
	readonly filter: EventFilter;
	/** The answer to another question is still on the page. */
	readonly isStale: boolean;
	readonly refresh: () => unknown;
}

function EventsPanel({ page, filter, isStale, refresh }: EventsPanelProps) {
	const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
	const { cursor } = useQuery();
	const { columns } = useEventColumns();
	useEffect(() => rememberList(page.events.map(({ id }) => id)), [page]);
	const rows = page.events.filter(({ id }) => selected.has(id));
	const matching = total(filter, useMatchCounts(filter));
	const pager = <Pager nextCursor={page.next_cursor} refresh={refresh} />;
	return (
		<div aria-busy={isStale} className={isStale ? "stale" : undefined}>
			<Panel
				title={matching === null ? filterInWords(filter) : `${filterInWords(filter)}: ${countInWords(matching)}`}
				flush
				aside={
					<div className="row">
						{cursor === undefined && !isStale ? (
							<NewEvents filter={filter} rows={page.events} show={() => void refresh()} />
						) : null}
						<ColumnChoice />
						{pager}
					</div>
				}
			>
				{page.events.length === 0 ? (
					page.searched_until === null && <NoEvents isFiltered={!isEmpty(filter)} />
				) : (
					<Table
						caption="Events"
						columns={columns}
						rows={page.events}
						keyOf={({ id }) => id}
						oneLine
						isDense
						selection={{ selected, onChange: setSelected, nameOf: nameOfEvent }}
					/>
				)}
				{page.searched_until === null ? null : (
					<SearchBound until={page.searched_until} nextCursor={page.next_cursor} />
				)}
				<SelectionBar
					rows={rows}
					clear={() => setSelected(new Set())}
					all={rows.length === page.events.length && page.next_cursor !== null ? filter : null}
					matching={matching}
				/>
				{page.events.length < LONG_PAGE ? null : <div className="table-foot row between">{pager}</div>}
			</Panel>
		</div>
	);
}

function nameOfEvent({ id, trigger_id }: EventRow): string {
	return `event ${id} of ${trigger_id}`;
}

function NoEvents({ isFiltered }: { readonly isFiltered: boolean }) {
	const { cursor } = useQuery();
	if (cursor !== undefined) return <Empty>There are no older events.</Empty>;
	if (!isFiltered) {
		return (
			<Empty>
				<p>No event has been written yet.</p>
				<p className="mono small">
					INSERT INTO reward_outbox.outbox (trigger_id, user_id, payload) VALUES ('test', 'user123', '{"{}"}');
				</p>
			</Empty>
		);
	}
	return (
		<Empty icon="search">
			<p>No event matches.</p>
			<p className="small">
				Ids are compared exactly, blanks and case included. If it should be there: was its transaction committed, has it
				been pruned, or did a <Link href="/watches">watch</Link> fail to capture it?
			</p>
		</Empty>
	);
}
