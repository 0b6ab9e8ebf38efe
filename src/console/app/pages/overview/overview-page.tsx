import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { Overview } from "../../../../api/schema/overview.ts";
import { failuresQuery, overviewQuery } from "../../api/queries.ts";
import { every } from "../../api/repeat.ts";
import { useTitle } from "../../components/location.ts";
import { Panel } from "../../components/panel.tsx";
import { Loading, WhenLoaded } from "../../components/states.tsx";
import { Time } from "../../components/time.tsx";
import { AttentionList } from "./attention-list.tsx";
import { Charts } from "./charts.tsx";
import { Depth } from "./depth.tsx";
import { FailureSummary } from "./failure-summary.tsx";
import { PausedTriggers } from "./paused-triggers.tsx";
import { RecordLine } from "./record.tsx";
import { Relays } from "./relays.tsx";

const EVERY_MS = 5000;
/** What stands below the failures would jump when they come; a search that takes its time is not waited for. */
const FAILURES_WITHIN_MS = 2000;

export function OverviewPage() {
	useTitle("Overview");
	const overview = useQuery({ ...overviewQuery(), refetchInterval: every(EVERY_MS) });
	const areComing = useAtMost(FAILURES_WITHIN_MS, useQuery(failuresQuery()).isPending);
	return (
		<>
			<h1 className="visually-hidden">Overview</h1>
			<WhenLoaded query={overview} what="the overview">
				{(data) => (areComing ? <Loading what="the overview" /> : <Sections overview={data} />)}
			</WhenLoaded>
		</>
	);
}

/** Whether something is still so, for this long at most. */
function useAtMost(ms: number, isSo: boolean): boolean {
	const [isOver, setOver] = useState(false);
	useEffect(() => {
		const timer = setTimeout(() => setOver(true), ms);
		return () => clearTimeout(timer);
	}, [ms]);
	return isSo && !isOver;
}

function Freshness({ at }: { readonly at: string }) {
	return (
		<span className="muted small">
			Looked <Time at={at} />
		</span>
	);
}

function Sections({ overview }: { readonly overview: Overview }) {
	return (
		<>
			<AttentionList overview={overview} />
			<FailureSummary />
			<Depth overview={overview} />
			<Charts />
			<div className="columns">
				<Panel title="Relays" flush aside={<Freshness at={overview.now} />}>
					<Relays overview={overview} />
				</Panel>
				<Panel title="Paused triggers" flush>
					<PausedTriggers triggers={overview.paused_triggers} />
				</Panel>
			</div>
			<RecordLine record={overview.record} />
		</>
	);
}
