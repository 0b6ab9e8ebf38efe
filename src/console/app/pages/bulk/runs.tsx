import { Link } from "wouter";
import type { BulkRun, BulkState } from "../../../../api/schema/bulk.ts";
import { stopBulk } from "../../api/calls.ts";
import { ActionButton } from "../../components/action-button.tsx";
import { pathWith } from "../../components/location.ts";
import { integer, plural } from "../../components/numbers.ts";
import { Panel } from "../../components/panel.tsx";
import { RunProgress } from "../../components/run-progress.tsx";
import { type Looks, RunState, StateBadge, useRunDecision } from "../../components/run-state.tsx";
import { Empty, Failure, Note } from "../../components/states.tsx";
import { type Column, Table } from "../../components/table.tsx";
import { Text } from "../../components/text.tsx";
import { Time } from "../../components/time.tsx";
import { useWhyNot } from "../../session/session.tsx";
import { filterInWords, filterOfBulk } from "../events/filter.ts";
import { RunOutcome } from "./run-outcome.tsx";

const LOOKS: Looks<BulkState> = {
	running: ["info", "play"],
	stopping: ["warn", "pause"],
	stopped: ["warn", "pause"],
	// Not green: its events are pending again, which is not delivered.
	done: ["neutral", "check"],
	failed: ["bad", "cross"],
};

export function isUnderWay({ state }: BulkRun): boolean {
	return state === "running" || state === "stopping";
}

/** The run that is under way: how far it is, and the way to end it. */
export function CurrentRun({ run }: { readonly run: BulkRun }) {
	const [error, decide] = useRunDecision("bulk");
	const mayNot = useWhyNot();
	const verb = run.action === "retry" ? "Retrying" : "Cancelling";
	return (
		<Panel title={`${verb} events`} aside={<StateBadge state={run.state} looks={LOOKS} />}>
			<div className="stack">
				<p>
					<Text value={filterInWords(filterOfBulk(run.filter))} />
					<span className="muted">
						{run.reason === null ? null : (
							<>
								{" "}
								because <Text value={run.reason} />,
							</>
						)}{" "}
						by <Text value={run.actor} cap={80} />, <Time at={run.started_at} />
					</span>
				</p>
				<Progress run={run} />
				{run.error === null ? null : (
					<Note tone="warn">
						<p>
							<Text value={run.error} />
						</p>
					</Note>
				)}
				{error === null ? null : <Failure error={error} />}
				<div>
					<ActionButton
						icon="pause"
						look="danger"
						whyNot={mayNot ?? (run.state === "stopping" ? "It is being stopped." : null)}
						onClick={() => decide(() => stopBulk(run.id))}
					>
						{run.state === "stopping" ? "Stopping…" : "Stop"}
					</ActionButton>
				</div>
			</div>
		</Panel>
	);
}

function Progress({ run: { total, examined, done, skipped } }: { readonly run: BulkRun }) {
	return (
		<RunProgress total={total} examined={examined}>
			{total === null ? "Looking for the events…" : `${integer(examined)} of ${plural(total, "event")}`}:{" "}
			{integer(done)} changed, {integer(skipped)} left as they were
		</RunProgress>
	);
}

interface PastRun extends BulkRun {
	/** Among the latest: what became of its events is read at once. */
	readonly isRecent: boolean;
}

const MOST_AT_ONCE = 3;

const COLUMNS: readonly Column<PastRun>[] = [
	{ header: "Started", cell: ({ started_at }) => <Time at={started_at} /> },
	{ header: "What", cell: ({ action }) => action },
	{ header: "State", cell: ({ state, error }) => <RunState state={state} looks={LOOKS} error={error} cap={160} /> },
	{ header: "By now", cell: (run) => <RunOutcome run={run} isShown={run.isRecent} /> },
	{
		header: "Changed",
		cell: ({ done, total }) => `${integer(done)} of ${total === null ? "?" : integer(total)}`,
		right: true,
	},
	{ header: "Left as they were", cell: ({ skipped }) => integer(skipped), right: true },
	{
		header: "Which",
		cell: ({ filter }) => (
			<Link href={pathWith("/events", { ...filterOfBulk(filter) })}>
				<Text value={filterInWords(filterOfBulk(filter))} cap={120} />
			</Link>
		),
	},
	{
		header: "Log",
		cell: ({ id }) => <Link href={pathWith("/operations", { run: id })}>decisions</Link>,
	},
	{ header: "Who", cell: ({ actor }) => <Text value={actor} cap={80} /> },
	{
		header: "Why",
		cell: ({ reason }) => (reason === null ? <span className="muted">–</span> : <Text value={reason} cap={160} />),
	},
];

export function PastRuns({ runs }: { readonly runs: readonly BulkRun[] }) {
	return (
		<Panel title="Past runs" flush>
			{runs.length === 0 ? (
				<Empty icon="bulk">No run has ended yet.</Empty>
			) : (
				<Table
					caption="Past runs"
					columns={COLUMNS}
					rows={runs.map((run, index) => ({ ...run, isRecent: index < MOST_AT_ONCE }))}
					keyOf={({ id }) => id}
				/>
			)}
		</Panel>
	);
}
