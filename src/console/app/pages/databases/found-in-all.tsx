import { useQuery as useData } from "@tanstack/react-query";
import type { DatabaseSearch } from "../../../../api/schema/databases.ts";
import type { EventRow } from "../../../../api/schema/events.ts";
import { databaseSearchQuery } from "../../api/queries.ts";
import { pageOf } from "../../components/database.ts";
import { eventPath, pathWith } from "../../components/location.ts";
import { plural } from "../../components/numbers.ts";
import { Panel } from "../../components/panel.tsx";
import { Empty, Note, WhenLoaded } from "../../components/states.tsx";
import { type Column, Table } from "../../components/table.tsx";
import { Text } from "../../components/text.tsx";
import { EVENT_COLUMNS, shortId } from "../events/event-columns.tsx";

/** What was found in which database, and which could not be asked. */
export function FoundInAll({ typed }: { readonly typed: string }) {
	const result = useData(databaseSearchQuery(typed));
	return (
		<WhenLoaded query={result} what="what was found">
			{(search) => <Found search={search} typed={typed} />}
		</WhenLoaded>
	);
}

function Found({ search, typed }: { readonly search: DatabaseSearch; readonly typed: string }) {
	const { found, failed, searched } = search;
	return (
		<>
			{failed.length === 0 ? null : (
				<Note tone="warn">
					Could not be searched: <Text value={failed.map(({ database }) => database).join(", ")} cap={400} />
				</Note>
			)}
			{found.length === 0 ? <Empty icon="search">Nothing in {plural(searched, "database")}.</Empty> : null}
			{found.map(({ database, events, more }) => (
				<Panel
					key={database}
					title={database}
					flush
					aside={more ? <a href={pageOf(database, pathWith("/find", { q: typed }))}>All that was found there</a> : null}
				>
					<Table
						caption={`Events found in ${database}`}
						columns={columnsOf(database)}
						rows={events}
						keyOf={({ id }) => id}
						oneLine
						isDense
					/>
				</Panel>
			))}
		</>
	);
}

/** Those of every list of events, with the event where it is. */
function columnsOf(database: string): readonly Column<EventRow>[] {
	return EVENT_COLUMNS.map((column) => (column.header === "Event" ? { ...column, cell: linkIn(database) } : column));
}

function linkIn(database: string): Column<EventRow>["cell"] {
	return ({ id }) => (
		<a href={pageOf(database, eventPath(id))} className="mono" title={id}>
			{shortId(id)}
		</a>
	);
}
