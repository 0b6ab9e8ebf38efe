import { useQuery as useData } from "@tanstack/react-query";
import { Link } from "wouter";
import type { OperationQuery } from "../../../../api/schema/operations.ts";
import { operationsExportAddress } from "../../api/calls.ts";
import { operationsQuery } from "../../api/queries.ts";
import { every } from "../../api/repeat.ts";
import { Icon } from "../../components/icon.tsx";
import { pathWith, useQuery, useTitle } from "../../components/location.ts";
import { PageHead, Panel } from "../../components/panel.tsx";
import { Empty, WhenLoaded } from "../../components/states.tsx";
import { Pager } from "../events/pager.tsx";
import { FILTERS, type OperationDraft, OperationFilter } from "./operation-filter.tsx";
import { OperationsTable } from "./operations-table.tsx";

const EVERY_MS = 15_000;

export function OperationsPage() {
	useTitle("Operations log");
	const query = useQuery();
	const { cursor, run } = query;
	const draft = Object.fromEntries(FILTERS.map(([name]) => [name, query[name] ?? ""])) as OperationDraft;
	const named = [...FILTERS.map(([name]) => name), "run"].flatMap((name) => (query[name] ? [[name, query[name]]] : []));
	const asked = Object.fromEntries(named) as OperationQuery;
	const log = useData({
		...operationsQuery({ ...asked, ...(cursor ? { cursor } : {}) }),
		refetchInterval: every(cursor === undefined ? EVERY_MS : false),
	});
	return (
		<>
			<PageHead title="Operations log" actions={<Downloads asked={asked} />}>
				Who did what, when, and why. Nothing is ever removed from it.
			</PageHead>
			<OperationFilter key={JSON.stringify(draft)} filter={draft} />
			<WhenLoaded query={log} what="the operations log">
				{({ operations, next_cursor }) => (
					<Panel
						title={run === undefined ? "Decisions" : `Decisions of bulk run ${run}`}
						flush
						aside={
							<div className="row">
								{run === undefined ? null : (
									<Link className="button small" href={pathWith("/operations", {})}>
										All decisions
									</Link>
								)}
								<Pager nextCursor={next_cursor} refresh={log.refetch} />
							</div>
						}
					>
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

function Downloads({ asked }: { readonly asked: OperationQuery }) {
	return (
		<>
			<a className="button" href={operationsExportAddress("csv", asked)} download>
				<Icon name="download" />
				CSV
			</a>
			<a className="button" href={operationsExportAddress("jsonl", asked)} download>
				<Icon name="download" />
				JSON lines
			</a>
		</>
	);
}
