import { useQuery as useData } from "@tanstack/react-query";
import type { BulkRunList } from "../../../../api/schema/bulk.ts";
import { bulkRunsQuery } from "../../api/queries.ts";
import { every } from "../../api/repeat.ts";
import { useQuery, useSetQuery, useTitle } from "../../components/location.ts";
import { PageHead } from "../../components/panel.tsx";
import { Empty, Note, WhenLoaded } from "../../components/states.tsx";
import { Text } from "../../components/text.tsx";
import { useWhyNot } from "../../session/session.tsx";
import { filterOf, isEmpty } from "../events/filter.ts";
import { FilterForm } from "../events/filter-form.tsx";
import { Plan } from "./plan.tsx";
import { CurrentRun, isUnderWay, PastRuns } from "./runs.tsx";

const RUNNING_EVERY_MS = 1000;
const IDLE_EVERY_MS = 15_000;

export function BulkPage() {
	useTitle("Bulk");
	const query = useQuery();
	const setQuery = useSetQuery();
	const filter = filterOf(query);
	// Another filter begins anew: what was typed, and what was counted.
	const asked = JSON.stringify(filter);
	const runs = useData({
		...bulkRunsQuery(),
		refetchInterval: every((data?: BulkRunList) => (data?.runs.some(isUnderWay) ? RUNNING_EVERY_MS : IDLE_EVERY_MS)),
	});
	const mayNot = useWhyNot();
	const current = runs.data?.runs.find(isUnderWay);
	return (
		<>
			<PageHead title="Bulk">
				Retry or cancel many events at once: count first, then run, at a pace that Reward can take.
			</PageHead>
			{current === undefined ? null : <CurrentRun run={current} />}
			{mayNot === null ? (
				<>
					<FilterForm key={`form ${asked}`} filter={filter} onSearch={(found) => setQuery(found)} submit="Count" />
					{isEmpty(filter) ? (
						<Empty icon="filter">Say which events are meant: at least one field of the filter.</Empty>
					) : (
						<Plan key={`plan ${asked}`} filter={filter} isBusy={current !== undefined} />
					)}
				</>
			) : (
				<Note tone="info" icon="person">
					<p>
						<Text value={mayNot} cap={400} /> What runs, and what has run, is below.
					</p>
				</Note>
			)}
			<WhenLoaded query={runs} what="past runs">
				{(data) => <PastRuns runs={data.runs.filter((run) => !isUnderWay(run))} />}
			</WhenLoaded>
		</>
	);
}
