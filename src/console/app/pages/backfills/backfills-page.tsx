import { useQuery as useData } from "@tanstack/react-query";
import type { Backfill, BackfillList } from "../../../../api/schema/backfills.ts";
import type { Watch } from "../../../../api/schema/watches.ts";
import { backfillsQuery, watchesQuery } from "../../api/queries.ts";
import { every } from "../../api/repeat.ts";
import { useQuery, useSetQuery, useTitle } from "../../components/location.ts";
import { PageHead } from "../../components/panel.tsx";
import { Empty, Note, WhenLoaded } from "../../components/states.tsx";
import { Text } from "../../components/text.tsx";
import { useWhyNot } from "../../session/session.tsx";
import { Plan } from "./plan.tsx";
import { choiceOf, queryOf, rowsOf } from "./rows.ts";
import { RowsForm } from "./rows-form.tsx";
import { CurrentBackfill, PastBackfills } from "./runs.tsx";

const RUNNING_EVERY_MS = 1000;
const IDLE_EVERY_MS = 15_000;

function isUnderWay({ state }: Backfill): boolean {
	return state === "running";
}

export function BackfillsPage() {
	useTitle("Backfills");
	const watches = useData(watchesQuery());
	const list = useData({
		...backfillsQuery(),
		refetchInterval: every((data?: BackfillList) =>
			data?.backfills.some(isUnderWay) ? RUNNING_EVERY_MS : IDLE_EVERY_MS,
		),
	});
	const mayNot = useWhyNot();
	const current = list.data?.backfills.filter(isUnderWay) ?? [];
	// What stands below it would jump.
	const isComing = mayNot === null && watches.isPending;
	return (
		<>
			<PageHead title="Backfills">
				Rows that were there before a rule become events through it: count first, then run, at a pace that the database
				and Reward can take.
			</PageHead>
			{current.map((run) => (
				<CurrentBackfill key={run.id} run={run} />
			))}
			{mayNot === null ? (
				<WhenLoaded query={watches} what="watches">
					{(data) => <Choose watches={data.watches} isBusy={current.length > 0} />}
				</WhenLoaded>
			) : (
				<Note tone="info" icon="person">
					<p>
						<Text value={mayNot} cap={400} /> What runs, and what has run, is below.
					</p>
				</Note>
			)}
			{isComing ? null : (
				<WhenLoaded query={list} what="past backfills">
					{(data) => (
						<PastBackfills runs={data.backfills.filter((run) => !isUnderWay(run))} isBusy={current.length > 0} />
					)}
				</WhenLoaded>
			)}
		</>
	);
}

interface ChooseProps {
	readonly watches: readonly Watch[];
	readonly isBusy: boolean;
}

/** Which rows, and what would become of them. */
function Choose({ watches, isBusy }: ChooseProps) {
	const choice = choiceOf(useQuery());
	const setQuery = useSetQuery();
	if (watches.length === 0) return <Empty icon="watches">There are no watches: a backfill goes through one.</Empty>;
	const watch = watches.find(({ name }) => name === choice.watch);
	const rows = rowsOf(choice);
	// Another choice begins anew: what was typed, and what was counted.
	const asked = JSON.stringify(choice);
	return (
		<>
			<RowsForm
				key={`form ${asked}`}
				choice={choice}
				watches={watches.map(({ name }) => name)}
				onCount={(chosen) => setQuery(queryOf(chosen))}
			/>
			{watch === undefined || rows === null ? (
				<Empty icon="filter">Say which rows are meant, or that every row is.</Empty>
			) : (
				<Plan key={`plan ${asked}`} watch={watch} rows={rows} isBusy={isBusy} />
			)}
		</>
	);
}
