import { Link } from "wouter";
import type { AccountLine } from "../../../../api/schema/receipts.ts";
import type { Amount } from "../../../../event/receipt-report.ts";
import { isNothing } from "../../../../words/receipt-account.ts";
import { pathWith } from "../../components/location.ts";
import { integer, milliseconds } from "../../components/numbers.ts";
import { type Column, Table } from "../../components/table.tsx";
import { Text } from "../../components/text.tsx";

const DAY_MS = 86_400_000;

/** What a line of the account links to: the events of its trigger and day, of one status or all. */
function eventsOf({ trigger_id, day }: AccountLine, status?: string): string {
	const since = new Date(`${day}T00:00:00Z`);
	const until = new Date(since.getTime() + DAY_MS);
	return pathWith("/events", {
		trigger: trigger_id,
		status,
		since: since.toISOString(),
		until: until.toISOString(),
	});
}

/** How many, and what they are worth; a link to them, where there are any. */
function Figure({ amount, href }: { readonly amount: Amount; readonly href?: string | undefined }) {
	const { events, value } = amount;
	if (events === 0) return <span className="muted">0</span>;
	return (
		<>
			{href === undefined ? integer(events) : <Link href={href}>{integer(events)}</Link>}
			{isNothing(value) ? null : <span className="small muted"> {value}</span>}
		</>
	);
}

type Figures = Exclude<keyof AccountLine, "trigger_id" | "day" | "median_delay_ms" | "p99_delay_ms">;

function figure(header: string, name: Figures, status?: string | null): Column<AccountLine> {
	return {
		header,
		right: true,
		cell: (line) => (
			<Figure amount={line[name]} href={status === undefined ? undefined : eventsOf(line, status ?? undefined)} />
		),
		sortBy: (line) => line[name].events,
	};
}

const COLUMNS: readonly Column<AccountLine>[] = [
	{ header: "Day (UTC)", cell: ({ day }) => <span className="num">{day}</span>, sortBy: ({ day }) => day },
	{
		header: "Trigger",
		cell: ({ trigger_id }) => (
			<Link href={pathWith("/receipts", { trigger: trigger_id })}>
				<Text value={trigger_id} cap={80} mono />
			</Link>
		),
		sortBy: ({ trigger_id }) => trigger_id,
	},
	figure("Committed", "committed", null),
	figure("Accepted", "accepted", "delivered"),
	figure("Confirmed", "confirmed"),
	figure("Awaited", "awaited"),
	figure("Missing", "missing"),
	figure("Ambiguous", "ambiguous", "uncertain"),
	figure("Surplus", "surplus"),
	{
		header: "Delay",
		right: true,
		cell: ({ median_delay_ms: median, p99_delay_ms: p99 }) =>
			median === null || p99 === null ? (
				<span className="muted">–</span>
			) : (
				<span title="Half of the receipts took as long or less; 99 of a hundred did">
					{milliseconds(median)} <span className="small muted">p99 {milliseconds(p99)}</span>
				</span>
			),
	},
];

/** A line for each trigger and day, the latest first. */
export function AccountTable({ lines }: { readonly lines: readonly AccountLine[] }) {
	return (
		<Table
			caption="By trigger and day"
			columns={COLUMNS}
			rows={lines.toSorted((a, b) => (a.day < b.day ? 1 : a.day > b.day ? -1 : 0))}
			keyOf={({ trigger_id, day }) => `${day} ${trigger_id}`}
		/>
	);
}
