import { useQuery as useData } from "@tanstack/react-query";
import type { Quarantined } from "../../../../api/schema/receipts.ts";
import { quarantineQuery } from "../../api/queries.ts";
import { every } from "../../api/repeat.ts";
import { integer } from "../../components/numbers.ts";
import { Panel } from "../../components/panel.tsx";
import { Empty, WhenLoaded } from "../../components/states.tsx";
import { type Column, Table } from "../../components/table.tsx";
import { Text } from "../../components/text.tsx";
import { Time } from "../../components/time.tsx";

const EVERY_MS = 30_000;

const COLUMNS: readonly Column<Quarantined>[] = [
	{ header: "Last", cell: ({ last_at }) => <Time at={last_at} /> },
	{ header: "Times", right: true, cell: ({ times }) => integer(times) },
	{ header: "What is wrong", cell: ({ reason }) => <Text value={reason} cap={200} /> },
	{ header: "What came", cell: ({ body }) => <Text value={body} cap={200} mono /> },
];

/** What came by the webhooks' path and counts for nothing. */
export function Quarantine() {
	const list = useData({ ...quarantineQuery(), refetchInterval: every(EVERY_MS) });
	return (
		<WhenLoaded query={list} what="the quarantine">
			{({ quarantined }) => (
				<Panel title="Quarantine" flush>
					{quarantined.length === 0 ? (
						<Empty icon="check">Nothing came that is no webhook of a known shape.</Empty>
					) : (
						<Table
							caption="Quarantine"
							columns={COLUMNS}
							rows={quarantined}
							keyOf={({ quarantine_no }) => quarantine_no}
						/>
					)}
				</Panel>
			)}
		</WhenLoaded>
	);
}
