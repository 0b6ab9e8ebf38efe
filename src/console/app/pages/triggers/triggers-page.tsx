import { useQuery as useData } from "@tanstack/react-query";
import { Link } from "wouter";
import type { TriggerRow } from "../../../../api/schema/triggers.ts";
import { HOLD_WORDS } from "../../../../words/why-held.ts";
import { triggersQuery } from "../../api/queries.ts";
import { every } from "../../api/repeat.ts";
import { Badge } from "../../components/badge.tsx";
import { Input } from "../../components/field.tsx";
import { pathWith, useQuery, useSetQuery, useTitle } from "../../components/location.ts";
import { integer, plural } from "../../components/numbers.ts";
import { PageHead, Panel } from "../../components/panel.tsx";
import { Empty, WhenLoaded } from "../../components/states.tsx";
import { type Column, Table } from "../../components/table.tsx";
import { Text } from "../../components/text.tsx";
import { Time } from "../../components/time.tsx";
import { Statistics } from "./statistics.tsx";
import { TriggerActions } from "./trigger-actions.tsx";

const EVERY_MS = 10_000;

export function TriggersPage() {
	useTitle("Triggers");
	const { find = "" } = useQuery();
	const setQuery = useSetQuery();
	const list = useData({ ...triggersQuery(), refetchInterval: every(EVERY_MS) });
	return (
		<>
			<PageHead title="Triggers">
				What holds for each kind of event: how doubt is decided, how fast it is sent, whether it is sent at all.
			</PageHead>
			<div className="filter">
				<div className="fields narrow">
					<Input
						label="Find a trigger"
						type="search"
						value={find}
						onChange={(event) => setQuery({ find: event.target.value }, { replace: true })}
					/>
				</div>
			</div>
			<WhenLoaded query={list} what="triggers">
				{({ triggers }) => (
					<>
						<Triggers rows={triggers.filter(({ trigger_id }) => trigger_id.includes(find))} />
						<Statistics />
					</>
				)}
			</WhenLoaded>
		</>
	);
}

const COLUMNS: readonly Column<TriggerRow>[] = [
	{ header: "Trigger", cell: (trigger) => <Name trigger={trigger} />, sortBy: ({ trigger_id }) => trigger_id },
	{ header: "State", cell: (trigger) => <State trigger={trigger} /> },
	{ header: "Mode", width: "8.4rem", isMinor: true, cell: ({ mode }) => mode.replaceAll("_", " ") },
	{ header: "Limits", width: "9rem", isMinor: true, cell: (trigger) => <Limits trigger={trigger} /> },
	{
		header: "Waiting",
		width: "5.4rem",
		cell: (trigger) => <Count trigger={trigger} of="waiting" status="pending" />,
		right: true,
		sortBy: ({ waiting }) => waiting,
	},
	{
		header: "Dead",
		width: "4.6rem",
		cell: (trigger) => <Count trigger={trigger} of="dead" status="dead" />,
		right: true,
		sortBy: ({ dead }) => dead,
	},
	{
		header: "Uncertain",
		width: "6.2rem",
		cell: (trigger) => <Count trigger={trigger} of="uncertain" status="uncertain" />,
		right: true,
		sortBy: ({ uncertain }) => uncertain,
	},
	{ header: "Actions", width: "18.4rem", cell: (trigger) => <TriggerActions trigger={trigger} /> },
];

function Triggers({ rows }: { readonly rows: readonly TriggerRow[] }) {
	return (
		<Panel title="Triggers with settings, or with events that wait" flush>
			{rows.length === 0 ? (
				<Empty icon="triggers">
					No such trigger: nobody has set anything for one, and no event of one waits or needs a person.
				</Empty>
			) : (
				<Table caption="Triggers" columns={COLUMNS} rows={rows} keyOf={({ trigger_id }) => trigger_id} oneLine />
			)}
		</Panel>
	);
}

function Name({ trigger: { trigger_id } }: { readonly trigger: TriggerRow }) {
	return (
		<Link href={pathWith("/events", { trigger: trigger_id })}>
			<Text value={trigger_id} mono />
		</Link>
	);
}

/** Since when, by whom and why it is paused; what ends it is told on the overview. */
function State({ trigger }: { readonly trigger: TriggerRow }) {
	const [hold] = trigger.held_back;
	if (trigger.paused_at === null && hold !== undefined) return <HeldBack hold={hold} />;
	if (trigger.paused_at === null) {
		return (
			<Badge tone="good" icon="play">
				sent
			</Badge>
		);
	}
	return (
		<>
			<Badge tone="warn" icon="pause">
				paused
			</Badge>{" "}
			<span className="small muted">
				<Time at={trigger.paused_at} />
			</span>{" "}
			<span className="small">
				<Text value={trigger.paused_reason ?? "no reason was given"} />{" "}
				<span className="muted">
					by <Text value={trigger.paused_by ?? "somebody"} />
				</span>
			</span>
		</>
	);
}

/** A relay lets through less of it than it could: nobody paused it, and it ends by itself. */
function HeldBack({ hold: { relay, code, since } }: { readonly hold: TriggerRow["held_back"][number] }) {
	return (
		<>
			<Badge tone="warn" icon="alert">
				held back
			</Badge>{" "}
			{since === null ? null : (
				<span className="small muted">
					<Time at={since} />
				</span>
			)}{" "}
			<span className="small">
				{HOLD_WORDS[code]}{" "}
				<span className="muted">
					by <Text value={relay} />
				</span>
			</span>
		</>
	);
}

function Limits({ trigger: { max_attempts, rate_per_second, max_in_flight } }: { readonly trigger: TriggerRow }) {
	const parts = [
		max_attempts === null ? null : plural(max_attempts, "attempt"),
		rate_per_second === null ? null : `${rate_per_second} per second`,
		max_in_flight === null ? null : `${integer(max_in_flight)} in flight`,
	].filter((part) => part !== null);
	return parts.length === 0 ? <span className="muted">none</span> : <span className="num">{parts.join(", ")}</span>;
}

interface CountProps {
	readonly trigger: TriggerRow;
	readonly of: "waiting" | "dead" | "uncertain";
	readonly status: string;
}

function Count({ trigger, of, status }: CountProps) {
	const count = trigger[of];
	if (count === 0) return <span className="muted">0</span>;
	return (
		<Link
			href={pathWith("/events", { trigger: trigger.trigger_id, status })}
			aria-label={`${integer(count)} ${of}, show them`}
		>
			{integer(count)}
		</Link>
	);
}
