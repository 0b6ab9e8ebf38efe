import { useQuery } from "@tanstack/react-query";
import type { Overview } from "../../../../api/schema/overview.ts";
import { overviewQuery } from "../../api/queries.ts";
import { every } from "../../api/repeat.ts";
import { useTitle } from "../../components/location.ts";
import { Panel } from "../../components/panel.tsx";
import { WhenLoaded } from "../../components/states.tsx";
import { Time } from "../../components/time.tsx";
import { AttentionList } from "./attention-list.tsx";
import { Charts } from "./charts.tsx";
import { Depth } from "./depth.tsx";
import { FailureSummary } from "./failure-summary.tsx";
import { PausedTriggers } from "./paused-triggers.tsx";
import { RecordLine } from "./record.tsx";
import { Relays } from "./relays.tsx";

const EVERY_MS = 5000;

export function OverviewPage() {
	useTitle("Overview");
	const overview = useQuery({ ...overviewQuery(), refetchInterval: every(EVERY_MS) });
	return (
		<>
			<h1 className="visually-hidden">Overview</h1>
			<WhenLoaded query={overview} what="the overview">
				{(data) => <Sections overview={data} />}
			</WhenLoaded>
		</>
	);
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
