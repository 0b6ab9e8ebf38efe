import { type FormEvent, useState } from "react";

import { STATUSES } from "../../../../event/event.ts";
import { Input, Select } from "../../components/field.tsx";
import { Icon } from "../../components/icon.tsx";
import { type Draft, draftOf, type EventFilter, type FilterName, isEmpty, readDraft } from "./filter.ts";

interface FilterFormProps {
	readonly filter: EventFilter;
	readonly onSearch: (query: Readonly<Record<FilterName, string | undefined>>) => void;
	readonly submit?: string;
}

const STATUS_OPTIONS = [["", "any"] as const, ...STATUSES.map((status) => [status, status] as const)];

/** What narrows a list of events. */
export function FilterForm({ filter, onSearch, submit = "Search" }: FilterFormProps) {
	const [draft, setDraft] = useState<Draft>(draftOf(filter));
	const [hasTried, setTried] = useState(false);
	const { problems } = readDraft(draft);
	const wrong = hasTried ? problems : {};
	const change = (name: FilterName, value: string) => setDraft({ ...draft, [name]: value });
	const search = (wanted: Draft) => {
		const read = readDraft(wanted);
		setTried(true);
		if (Object.keys(read.problems).length === 0) onSearch(read.query);
	};
	const onSubmit = (event: FormEvent) => {
		event.preventDefault();
		search(draft);
	};
	const onStatus = (status: string) => {
		change("status", status);
		search({ ...draft, status });
	};
	return (
		<form className="filter" onSubmit={onSubmit} aria-label="Filter events">
			<MainFields draft={draft} wrong={wrong} change={change} onStatus={onStatus} />
			<MoreFields draft={draft} wrong={wrong} change={change} />
			<div className="row">
				<button type="submit" className="button primary">
					<Icon name="search" />
					{submit}
				</button>
				{isEmpty(filter) ? null : (
					<button type="button" className="button" onClick={() => search(draftOf({}))}>
						Clear
					</button>
				)}
			</div>
		</form>
	);
}

interface FieldsProps {
	readonly draft: Draft;
	readonly wrong: Readonly<Partial<Record<FilterName, string>>>;
	readonly change: (name: FilterName, value: string) => void;
}

function MainFields({ draft, wrong, change, onStatus }: FieldsProps & { readonly onStatus: (status: string) => void }) {
	return (
		<div className="fields">
			<Input label="User" value={draft.user} onChange={(event) => change("user", event.target.value)} />
			<Select label="Status" value={draft.status} options={STATUS_OPTIONS} onChange={onStatus} />
			<Input label="Trigger" value={draft.trigger} onChange={(event) => change("trigger", event.target.value)} />
			<Input
				label="Written since"
				placeholder="2h, 7d or 2026-03-01 10:00"
				value={draft.since}
				wrong={wrong.since}
				onChange={(event) => change("since", event.target.value)}
			/>
			<Input
				label="Written before"
				placeholder="30m or 2026-03-01"
				value={draft.until}
				wrong={wrong.until}
				onChange={(event) => change("until", event.target.value)}
			/>
		</div>
	);
}

function MoreFields({ draft, wrong, change }: FieldsProps) {
	const isUsed = Boolean(draft.idempotency_key || draft.metadata || draft.source);
	return (
		<details open={isUsed}>
			<summary className="small">By idempotency key, metadata or watch</summary>
			<div className="fields wide">
				<Input
					label="Idempotency key"
					value={draft.idempotency_key}
					onChange={(event) => change("idempotency_key", event.target.value)}
				/>
				<Input
					label="Metadata"
					placeholder='order_id=4711 shop="Berlin"'
					hint='Or a JSON object. A number in quotes is text: order_id="4711".'
					value={draft.metadata}
					wrong={wrong.metadata}
					onChange={(event) => change("metadata", event.target.value)}
				/>
				<Input
					label="Captured by watch"
					value={draft.source}
					onChange={(event) => change("source", event.target.value)}
				/>
			</div>
		</details>
	);
}
