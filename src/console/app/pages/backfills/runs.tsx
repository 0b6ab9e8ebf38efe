import { Link } from "wouter";
import type { Backfill, BackfillState } from "../../../../api/schema/backfills.ts";
import { resumeBackfill, stopBackfill } from "../../api/calls.ts";
import { ActionButton } from "../../components/action-button.tsx";
import { pathWith } from "../../components/location.ts";
import { integer, plural } from "../../components/numbers.ts";
import { Panel } from "../../components/panel.tsx";
import { RunProgress } from "../../components/run-progress.tsx";
import { type Looks, RunState, StateBadge, useRunDecision } from "../../components/run-state.tsx";
import { Empty, Failure } from "../../components/states.tsx";
import { type Column, Table } from "../../components/table.tsx";
import { Text } from "../../components/text.tsx";
import { Time } from "../../components/time.tsx";
import { useWhyNot } from "../../session/session.tsx";
import { askedInWords } from "./rows.ts";

const LOOKS: Looks<BackfillState> = {
	running: ["info", "play"],
	stopped: ["warn", "pause"],
	// Not green: its events are pending, which is not delivered.
	done: ["neutral", "check"],
	abandoned: ["neutral", "cross"],
};

/** One that is under way: how far it is, and the way to stop it. */
export function CurrentBackfill({ run }: { readonly run: Backfill }) {
	const [error, decide] = useRunDecision("backfills");
	const mayNot = useWhyNot();
	return (
		<Panel title={`Backfill of ${run.watch}`} aside={<StateBadge state={run.state} looks={LOOKS} />}>
			<div className="stack">
				<p>
					<Text value={run.table} cap={120} mono />, <Text value={askedInWords(run.asked)} cap={200} />
					<span className="muted">
						{run.reason === null ? null : (
							<>
								{" "}
								because <Text value={run.reason} />,
							</>
						)}{" "}
						{run.actor === null ? null : (
							<>
								by <Text value={run.actor} cap={80} />,{" "}
							</>
						)}
						<Time at={run.started_at} />, at most {integer(run.per_second)} rows a second
					</span>
				</p>
				<RunProgress total={run.total} examined={run.rows}>
					{run.total === null ? plural(run.rows, "row") : `${integer(run.rows)} of ${plural(run.total, "row")}`}:{" "}
					<Tally run={run} />
				</RunProgress>
				{error === null ? null : <Failure error={error} />}
				<div>
					<ActionButton
						icon="pause"
						look="danger"
						whyNot={mayNot}
						onClick={() => decide(() => stopBackfill(run.id), "The backfill is stopped")}
					>
						Stop
					</ActionButton>
				</div>
			</div>
		</Panel>
	);
}

function Tally({ run: { events, known, unneeded, failed } }: { readonly run: Backfill }) {
	return `${integer(events)} became events, ${integer(known)} were already, ${integer(unneeded)} not meant by the rule, ${integer(failed)} failed`;
}

interface PastBackfillsProps {
	readonly runs: readonly Backfill[];
	/** One is under way. */
	readonly isBusy: boolean;
}

/** Those that are over, and those that can go on. */
export function PastBackfills({ runs, isBusy }: PastBackfillsProps) {
	return (
		<Panel title="Past backfills" flush>
			{runs.length === 0 ? (
				<Empty icon="watches">No backfill has ended yet.</Empty>
			) : (
				<Table
					caption="Past backfills"
					columns={[...COLUMNS, { header: "Actions", cell: (run) => <Resume run={run} isBusy={isBusy} /> }]}
					rows={runs}
					keyOf={({ id }) => id}
				/>
			)}
		</Panel>
	);
}

const COLUMNS: readonly Column<Backfill>[] = [
	{ header: "Began", cell: ({ started_at }) => <Time at={started_at} /> },
	{
		header: "Watch",
		cell: ({ watch }) => (
			<Link href={pathWith("/events", { source: watch })}>
				<Text value={watch} cap={80} mono />
			</Link>
		),
	},
	{ header: "State", cell: ({ state, error }) => <RunState state={state} looks={LOOKS} error={error} cap={200} /> },
	{ header: "Which rows", cell: ({ asked }) => <Text value={askedInWords(asked)} cap={120} /> },
	{
		header: "Rows",
		cell: ({ rows, total }) => `${integer(rows)} of ${total === null ? "?" : integer(total)}`,
		right: true,
	},
	{ header: "What became of them", cell: (run) => <Tally run={run} /> },
	{
		header: "Log",
		cell: () => <Link href={pathWith("/operations", { action: "watch_backfill" })}>decisions</Link>,
	},
	{
		header: "Who",
		cell: ({ actor }) => (actor === null ? <span className="muted">–</span> : <Text value={actor} cap={80} />),
	},
	{
		header: "Why",
		cell: ({ reason }) => (reason === null ? <span className="muted">–</span> : <Text value={reason} cap={160} />),
	},
];

function Resume({ run, isBusy }: { readonly run: Backfill; readonly isBusy: boolean }) {
	const [error, decide] = useRunDecision("backfills");
	const mayNot = useWhyNot();
	if (run.state !== "stopped") return <span className="muted">–</span>;
	const goOn = () => resumeBackfill(run.id, { per_second: run.per_second });
	return (
		<div className="stack tight">
			<ActionButton
				look="small"
				icon="play"
				whyNot={mayNot ?? (isBusy ? "Another backfill is under way." : null)}
				onClick={() => decide(goOn, "The backfill goes on")}
			>
				Resume
			</ActionButton>
			{error === null ? null : <Failure error={error} />}
		</div>
	);
}
