import { Check } from "../../components/field.tsx";
import { useStoredJson } from "../../components/stored.ts";
import { EVENT_COLUMNS } from "./event-columns.tsx";

/** What a list of events is useless without. */
const ALWAYS = ["Status", "Event"];

/** The columns that a person wants to see. */
export function useEventColumns() {
	const [stored, setStored] = useStoredJson("columns");
	const hidden = Array.isArray(stored) ? stored.filter((name) => typeof name === "string") : [];
	const columns = EVENT_COLUMNS.filter(({ header }) => ALWAYS.includes(header) || !hidden.includes(header));
	return { columns, hidden: hidden as readonly string[], setHidden: setStored as (hidden: readonly string[]) => void };
}

export function ColumnChoice() {
	const { hidden, setHidden } = useEventColumns();
	return (
		<details className="columns-choice">
			<summary className="button small">Columns</summary>
			<div className="stack tight">
				{EVENT_COLUMNS.filter(({ header }) => !ALWAYS.includes(header)).map(({ header }) => (
					<Check
						key={header}
						checked={!hidden.includes(header)}
						onChange={(on) => setHidden(on ? hidden.filter((name) => name !== header) : [...hidden, header])}
					>
						{header}
					</Check>
				))}
			</div>
		</details>
	);
}
