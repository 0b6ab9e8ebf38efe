import { Link } from "wouter";
import type { Overview } from "../../../../api/schema/overview.ts";
import { pathWith } from "../../components/location.ts";
import { Empty } from "../../components/states.tsx";
import { type Column, Table } from "../../components/table.tsx";
import { Text } from "../../components/text.tsx";
import { Time } from "../../components/time.tsx";

type Paused = Overview["paused_triggers"][number];

const COLUMNS: readonly Column<Paused>[] = [
	{
		header: "Trigger",
		cell: ({ trigger_id }) => (
			<Link href={pathWith("/triggers", { find: trigger_id })}>
				<Text value={trigger_id} cap={80} mono />
			</Link>
		),
	},
	{ header: "Since", cell: ({ paused_at }) => (paused_at === null ? "–" : <Time at={paused_at} />) },
	{
		header: "Why",
		cell: (trigger) => (
			<div className="stack tight">
				<span>
					<Text value={trigger.paused_reason ?? "no reason was given"} />{" "}
					<span className="muted">
						by <Text value={trigger.paused_by ?? "somebody"} cap={80} />
					</span>
				</span>
				<span className="small muted">
					<PauseRemedy trigger={trigger} />
				</span>
			</div>
		),
	},
];

/** What ends the pause. */
function PauseRemedy({ trigger: { probe_at } }: { readonly trigger: Pick<Paused, "probe_at"> }) {
	if (probe_at === null) return "A person paused it, so it stays paused until a person resumes it.";
	return (
		<>
			A relay paused it, and says what has to be mended. One event is tried again <Time at={probe_at} />, and the first
			accepted one resumes it.
		</>
	);
}

export function PausedTriggers({ triggers }: { readonly triggers: readonly Paused[] }) {
	if (triggers.length === 0) return <Empty icon="check">No trigger is paused.</Empty>;
	return <Table caption="Paused triggers" columns={COLUMNS} rows={triggers} keyOf={({ trigger_id }) => trigger_id} />;
}
