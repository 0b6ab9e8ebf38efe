import { type FormEvent, useState } from "react";
import { Check, Input, Select } from "../../components/field.tsx";
import { Icon } from "../../components/icon.tsx";
import { type Choice, rowsOf } from "./rows.ts";

interface RowsFormProps {
	readonly choice: Choice;
	/** The names of the rules. */
	readonly watches: readonly string[];
	readonly onCount: (choice: Choice) => void;
}

/** Which rows are meant. */
export function RowsForm({ choice, watches, onCount }: RowsFormProps) {
	const first = watches.includes(choice.watch) ? choice.watch : (watches[0] ?? "");
	const [draft, setDraft] = useState<Choice>({ ...choice, watch: first });
	const [hasTried, setTried] = useState(false);
	const isMissing = hasTried && rowsOf(draft) === null;
	const change = (part: Partial<Choice>) => setDraft({ ...draft, ...part });
	const submit = (event: FormEvent) => {
		event.preventDefault();
		setTried(true);
		if (rowsOf(draft) !== null) onCount(draft);
	};
	return (
		<form className="stack" onSubmit={submit} aria-label="Which rows">
			<div className="fields">
				<Select
					label="Rule"
					value={draft.watch}
					options={watches.map((name) => [name, name])}
					onChange={(watch) => change({ watch })}
				/>
				<Input
					label="From"
					placeholder="2026-01-01 or 30d"
					value={draft.since}
					disabled={draft.all}
					wrong={isMissing ? "From, Before or Every row is needed." : null}
					onChange={(event) => change({ since: event.target.value.trim() })}
				/>
				<Input
					label="Before"
					placeholder="2026-03-01"
					value={draft.until}
					disabled={draft.all}
					onChange={(event) => change({ until: event.target.value.trim() })}
				/>
				<Input
					label="Column"
					hint="Left out: the one that holds a time, or is called created_at."
					value={draft.column}
					disabled={draft.all}
					onChange={(event) => change({ column: event.target.value.trim() })}
				/>
			</div>
			<Check checked={draft.all} onChange={(all) => change({ all })}>
				Every row of the table
			</Check>
			<div className="row">
				<button type="submit" className="button primary">
					<Icon name="search" />
					Count
				</button>
			</div>
		</form>
	);
}
