import { useQuery as useData, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Retention } from "../../../../api/schema/retention.ts";
import { RETAINED_IN_WORDS } from "../../../../words/retention.ts";
import { retentionQuery } from "../../api/queries.ts";
import { ActionButton } from "../../components/action-button.tsx";
import { announce } from "../../components/announcer.tsx";
import { useTitle } from "../../components/location.ts";
import { milliseconds } from "../../components/numbers.ts";
import { PageHead, Panel } from "../../components/panel.tsx";
import { WhenLoaded } from "../../components/states.tsx";
import { type Column, Table } from "../../components/table.tsx";
import { useWhyNot } from "../../session/session.tsx";
import { RetentionDialog } from "./retention-dialog.tsx";

interface Row {
	readonly name: string;
	readonly meaning: string;
	/** Null: for ever. */
	readonly seconds: number | null;
}

const COLUMNS: readonly Column<Row>[] = [
	{ header: "Policy", cell: ({ name }) => name.replace("_", " ") },
	{ header: "Kept for", cell: ({ seconds }) => (seconds === null ? "ever" : milliseconds(seconds * 1000)) },
	{ header: "What", cell: ({ meaning }) => meaning },
];

function rowsOf(policy: Retention): Row[] {
	return Object.entries(RETAINED_IN_WORDS).map(([name, meaning]) => ({
		name,
		meaning,
		seconds: policy[name as keyof Retention],
	}));
}

export function RetentionPage() {
	useTitle("Retention");
	const [isOpen, setOpen] = useState(false);
	const whyNot = useWhyNot();
	const queries = useQueryClient();
	const policy = useData(retentionQuery());
	const changed = async () => {
		announce("The policy is changed");
		const keys = ["retention", "operations"];
		await Promise.all(keys.map((key) => queries.invalidateQueries({ queryKey: [key] })));
	};
	return (
		<>
			<PageHead
				title="Retention"
				actions={
					<ActionButton whyNot={whyNot} onClick={() => setOpen(true)}>
						Change…
					</ActionButton>
				}
			>
				How long what is kept, from when it was written. Relays carry it out, a little at a time. What is not finished
				stays.
			</PageHead>
			<WhenLoaded query={policy} what="the policy">
				{(found) => (
					<>
						<Panel title="Policy" flush>
							<Table caption="Policy" columns={COLUMNS} rows={rowsOf(found)} keyOf={({ name }) => name} />
						</Panel>
						{isOpen ? <RetentionDialog policy={found} changed={changed} close={() => setOpen(false)} /> : null}
					</>
				)}
			</WhenLoaded>
		</>
	);
}
