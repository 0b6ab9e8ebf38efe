import { useQuery as useData } from "@tanstack/react-query";
import { Link } from "wouter";
import type { Watch } from "../../../../api/schema/watches.ts";
import { EVENT_FIELD_NAMES, type EventField } from "../../../../client/event-fields.ts";
import { FIELD_WORDS } from "../../../../words/event-fields.ts";
import { watchesQuery } from "../../api/queries.ts";
import { every } from "../../api/repeat.ts";
import { Badge } from "../../components/badge.tsx";
import { pathWith, useTitle } from "../../components/location.ts";
import { integer } from "../../components/numbers.ts";
import { PageHead, Panel } from "../../components/panel.tsx";
import { Empty, WhenLoaded } from "../../components/states.tsx";
import { type Column, Table } from "../../components/table.tsx";
import { Text } from "../../components/text.tsx";
import { Time } from "../../components/time.tsx";
import { WatchActions } from "./watch-actions.tsx";
import { WatchErrors } from "./watch-errors.tsx";

const EVERY_MS = 15_000;

export function WatchesPage() {
	useTitle("Watches");
	const list = useData({ ...watchesQuery(), refetchInterval: every(EVERY_MS) });
	return (
		<>
			<PageHead
				title="Watches"
				actions={
					<Link href="/watches/backfills" className="button">
						Backfills
					</Link>
				}
			>
				Rules that turn changes of other tables into events. They are made on the command line: reward-outbox watches
				add.
			</PageHead>
			<WhenLoaded query={list} what="watches">
				{({ watches }) => (
					<>
						<Panel title="Rules" flush>
							{watches.length === 0 ? (
								<Empty icon="watches">There are no watches: applications write their events themselves.</Empty>
							) : (
								<Table caption="Rules" columns={COLUMNS} rows={watches} keyOf={({ name }) => name} />
							)}
						</Panel>
						<WatchErrors />
					</>
				)}
			</WhenLoaded>
		</>
	);
}

const COLUMNS: readonly Column<Watch>[] = [
	{
		header: "Watch",
		cell: ({ name }) => (
			<Link href={pathWith("/events", { source: name })}>
				<Text value={name} cap={80} mono />
			</Link>
		),
	},
	{ header: "State", cell: (watch) => <State watch={watch} /> },
	{
		header: "Table",
		cell: ({ table, operations }) => (
			<>
				<Text value={table} cap={120} mono /> <span className="small muted">{operations.join(", ")}</span>
			</>
		),
	},
	{ header: "Rule", cell: (watch) => <Rule watch={watch} /> },
	{
		header: "Missed",
		cell: ({ name, unresolved_errors: errors }) =>
			errors === 0 ? (
				<span className="muted">0</span>
			) : (
				<Link href={pathWith("/watches", { watch: name })} aria-label={`${integer(errors)} missed changes, show them`}>
					{integer(errors)}
				</Link>
			),
		right: true,
	},
	{
		header: "Changed",
		cell: ({ changed_at, changed_by }) => (
			<>
				<Time at={changed_at} />{" "}
				<span className="small muted">
					by <Text value={changed_by} cap={60} />
				</span>
			</>
		),
	},
	{ header: "Actions", cell: (watch) => <WatchActions watch={watch} /> },
];

function State({ watch }: { readonly watch: Watch }) {
	if (watch.state === "ok") {
		return (
			<Badge tone="good" icon="check">
				works
			</Badge>
		);
	}
	return (
		<div className="stack tight">
			<Badge tone="bad" icon="alert">
				broken
			</Badge>
			<span className="small">
				<Text value={watch.problem ?? "it does not work as it stands"} cap={300} />
			</span>
		</div>
	);
}

const PARTS: readonly (readonly [name: EventField | "condition" | "trigger_id_expr", label: string])[] = [
	["condition", "when"],
	["trigger_id_expr", "trigger"],
	...EVENT_FIELD_NAMES.map((name) => [name, FIELD_WORDS[name].label] as const),
];

function Rule({ watch }: { readonly watch: Watch }) {
	return (
		<details className="small">
			<summary>Show the rule</summary>
			<dl className="facts">
				{PARTS.map(([name, label]) => {
					const text = watch[name];
					return text === null ? null : (
						<div key={name} className="contents">
							<dt>{label}</dt>
							<dd>
								<Text value={text} cap={400} mono multiline />
							</dd>
						</div>
					);
				})}
				<dt>on an error</dt>
				<dd>{watch.on_error === "record" ? "kept here; the writer goes on" : "the writer's statement fails"}</dd>
			</dl>
		</details>
	);
}
