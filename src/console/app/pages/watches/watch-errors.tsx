import { useQuery as useData } from "@tanstack/react-query";
import type { WatchErrorRow } from "../../../../api/schema/watches.ts";
import { watchErrorsQuery } from "../../api/queries.ts";
import { every } from "../../api/repeat.ts";
import { Badge } from "../../components/badge.tsx";
import { Check } from "../../components/field.tsx";
import { useQuery, useSetQuery } from "../../components/location.ts";
import { Panel } from "../../components/panel.tsx";
import { Empty, WhenLoaded } from "../../components/states.tsx";
import { type Column, Table } from "../../components/table.tsx";
import { Text } from "../../components/text.tsx";
import { Time } from "../../components/time.tsx";

const EVERY_MS = 15_000;
const LIMIT = 100;

export function WatchErrors() {
	const { watch, resolved } = useQuery();
	const setQuery = useSetQuery();
	const errors = useData({
		...watchErrorsQuery({ limit: LIMIT, ...(watch ? { watch } : {}), ...(resolved === "1" ? { resolved: true } : {}) }),
		refetchInterval: every(EVERY_MS),
	});
	return (
		<Panel
			title={watch ? `Changes that ${watch} missed` : "Changes that were missed"}
			flush
			aside={
				<div className="row">
					{watch ? (
						<button type="button" className="button small" onClick={() => setQuery({ watch: undefined })}>
							Of all watches
						</button>
					) : null}
					<Check
						checked={resolved === "1"}
						onChange={(on) => setQuery({ resolved: on ? "1" : undefined }, { replace: true })}
					>
						with those that are settled
					</Check>
				</div>
			}
		>
			<WhenLoaded query={errors} what="missed changes">
				{(data) =>
					data.errors.length === 0 ? (
						<Empty icon="check">Nothing was missed.</Empty>
					) : (
						<Table
							caption="Changes that were missed"
							columns={COLUMNS}
							rows={data.errors}
							keyOf={({ error_no }) => String(error_no)}
							oneLine
						/>
					)
				}
			</WhenLoaded>
		</Panel>
	);
}

const COLUMNS: readonly Column<WatchErrorRow>[] = [
	{ header: "No.", width: "4rem", cell: ({ error_no }) => error_no, right: true },
	{ header: "When", width: "7rem", cell: ({ at }) => <Time at={at} /> },
	{ header: "Watch", width: "14%", cell: ({ watch }) => <Text value={watch} cap={60} mono /> },
	{
		header: "Row",
		cell: ({ table_name, operation, key }) => (
			<>
				<span className="small">{operation}</span> <Text value={table_name} cap={80} mono />{" "}
				<Text value={key === null ? "(no primary key)" : JSON.stringify(key)} cap={120} mono />
			</>
		),
	},
	{
		header: "Why",
		cell: ({ error_code, error_message }) => (
			<>
				<span className="mono small">{error_code}</span> <Text value={error_message} cap={200} />
			</>
		),
	},
	{ header: "State", width: "24%", cell: (error) => <State error={error} /> },
];

function State({ error: { resolved_at, resolution, replayable } }: { readonly error: WatchErrorRow }) {
	if (resolved_at !== null) {
		return (
			<>
				<Badge tone="good" icon="check">
					settled
				</Badge>{" "}
				<span className="small">
					<Text value={resolution ?? ""} cap={120} /> <Time at={resolved_at} />
				</span>
			</>
		);
	}
	return replayable ? (
		<Badge tone="warn" icon="clock">
			waits for a replay
		</Badge>
	) : (
		<Badge tone="neutral" icon="ban">
			row was not kept
		</Badge>
	);
}
