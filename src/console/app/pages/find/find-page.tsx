import { useQuery as useData } from "@tanstack/react-query";
import { Link } from "wouter";
import type { EventPage } from "../../../../api/schema/events.ts";
import { eventsQuery } from "../../api/queries.ts";
import { useQuery, useTitle } from "../../components/location.ts";
import { plural } from "../../components/numbers.ts";
import { PageHead, Panel } from "../../components/panel.tsx";
import { Empty, WhenLoaded } from "../../components/states.tsx";
import { Table } from "../../components/table.tsx";
import { Text } from "../../components/text.tsx";
import { EVENT_COLUMNS } from "../events/event-columns.tsx";
import { Pager } from "../events/pager.tsx";
import { SearchBound } from "../events/search-bound.tsx";

/** What was typed, tried in every way it may be meant; and what was searched. */
export function FindPage() {
	const { q = "", cursor } = useQuery();
	useTitle("Find");
	const result = useData(eventsQuery({ q, ...(cursor === undefined ? {} : { cursor }) }));
	return (
		<>
			<PageHead title="Find">
				What was found for <Text value={q} cap={120} mono />
			</PageHead>
			<WhenLoaded query={result} what="what was found">
				{(page) => <Found page={page} refresh={result.refetch} />}
			</WhenLoaded>
		</>
	);
}

function Found({ page, refresh }: { readonly page: EventPage; readonly refresh: () => unknown }) {
	const { events, searched } = page;
	const title = events.length === 0 ? "Nothing was found" : plural(events.length, "event");
	return (
		<Panel title={title} flush aside={<Pager nextCursor={page.next_cursor} refresh={refresh} />}>
			{events.length === 0 ? (
				<Empty icon="search">
					<p>
						No event matches. If it should be there: was its transaction committed, has it been pruned, or did a{" "}
						<Link href="/watches">watch</Link> fail to capture it?
					</p>
					<p>
						Text inside payloads is searched from <Link href="/events">Events</Link>.
					</p>
				</Empty>
			) : (
				<Table caption="Events found" columns={EVENT_COLUMNS} rows={events} keyOf={({ id }) => id} oneLine isDense />
			)}
			{page.searched_until === null ? null : <SearchBound until={page.searched_until} nextCursor={page.next_cursor} />}
			<p className="table-foot small muted">
				Searched as <Text value={(searched ?? []).join("; ")} cap={600} />.
			</p>
		</Panel>
	);
}
