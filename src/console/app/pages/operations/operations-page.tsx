import { useQuery as useData } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import type { OperationQuery } from "../../../../api/schema/operations.ts";
import { operationsQuery } from "../../api/queries.ts";
import { every } from "../../api/repeat.ts";
import { Input } from "../../components/field.tsx";
import { isEventId } from "../../components/find.tsx";
import { Icon } from "../../components/icon.tsx";
import { useQuery, useSetQuery, useTitle } from "../../components/location.ts";
import { PageHead, Panel } from "../../components/panel.tsx";
import { Empty, WhenLoaded } from "../../components/states.tsx";
import { Pager } from "../events/pager.tsx";
import { OperationsTable } from "./operations-table.tsx";

const FILTERS = [
	["actor", "Who", "a token's name or a database role"],
	["action", "What", "retry, cancel, resolve, pause…"],
	["trigger", "Trigger", ""],
	["event", "Event", "its id"],
] as const;
type FilterName = (typeof FILTERS)[number][0];
type Draft = Readonly<Record<FilterName, string>>;

const EVERY_MS = 15_000;

export function OperationsPage() {
	useTitle("Operations log");
	const query = useQuery();
	const draft = Object.fromEntries(FILTERS.map(([name]) => [name, query[name] ?? ""])) as Draft;
	const named = [...FILTERS.map(([name]) => name), "cursor"].flatMap((name) =>
		query[name] ? [[name, query[name]]] : [],
	);
	const log = useData({
		...operationsQuery(Object.fromEntries(named) as OperationQuery),
		refetchInterval: every(query["cursor"] === undefined ? EVERY_MS : false),
	});
	return (
		<>
			<PageHead title="Operations log">Who did what, when, and why. Nothing is ever removed from it.</PageHead>
			<OperationFilter key={JSON.stringify(draft)} filter={draft} />
			<WhenLoaded query={log} what="the operations log">
				{({ operations, next_cursor }) => (
					<Panel title="Decisions" flush aside={<Pager nextCursor={next_cursor} refresh={log.refetch} />}>
						{operations.length === 0 ? (
							<Empty icon="operations">Nobody has decided anything here.</Empty>
						) : (
							<OperationsTable operations={operations} isAboutAnything />
						)}
					</Panel>
				)}
			</WhenLoaded>
		</>
	);
}

function OperationFilter({ filter }: { readonly filter: Draft }) {
	const [draft, setDraft] = useState(filter);
	const setQuery = useSetQuery();
	const wrong = draft.event.trim() === "" || isEventId(draft.event) ? null : "an event's id is a UUID";
	const submit = (event: FormEvent) => {
		event.preventDefault();
		if (wrong === null) setQuery({ ...draft, event: draft.event.trim(), cursor: undefined });
	};
	return (
		<form className="filter" onSubmit={submit} aria-label="Filter the operations log">
			<div className="fields">
				{FILTERS.map(([name, label, placeholder]) => (
					<Input
						key={name}
						label={label}
						placeholder={placeholder}
						value={draft[name]}
						wrong={name === "event" ? wrong : null}
						onChange={(change) => setDraft({ ...draft, [name]: change.target.value })}
					/>
				))}
			</div>
			<div className="row">
				<button type="submit" className="button primary">
					<Icon name="search" />
					Search
				</button>
				<button
					type="button"
					className="button"
					onClick={() => setQuery({ actor: "", action: "", trigger: "", event: "", cursor: undefined })}
				>
					Clear
				</button>
			</div>
		</form>
	);
}
