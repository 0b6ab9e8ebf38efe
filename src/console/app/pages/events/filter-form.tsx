import { type FormEvent, useState } from "react";
import { Input } from "../../components/field.tsx";
import { Icon } from "../../components/icon.tsx";
import { type Draft, draftOf, type EventFilter, type FilterName, isEmpty, readDraft, statusesOf } from "./filter.ts";
import { StatusChoice } from "./status-choice.tsx";

interface FilterFormProps {
	readonly filter: EventFilter;
	readonly onSearch: (query: Readonly<Record<FilterName, string | undefined>>) => void;
	readonly submit?: string;
}

const ON_A_PHONE = "(max-width: 720px)";

/** What narrows a list of events. On a phone it is folded away, so that events come into sight. */
export function FilterForm({ filter, onSearch, submit = "Search" }: FilterFormProps) {
	const [draft, setDraft] = useState<Draft>(draftOf(filter));
	const [hasTried, setTried] = useState(false);
	const [isOpen, setOpen] = useState(() => !window.matchMedia(ON_A_PHONE).matches);
	const wrong = hasTried ? readDraft(draft).problems : {};
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
	return (
		<form className="filter" onSubmit={onSubmit} aria-label="Filter events">
			<StatusChoice
				filter={filter}
				chosen={statusesOf(draft)}
				onChange={(chosen) => {
					const next = { ...draft, status: chosen.join(",") };
					setDraft(next);
					search(next);
				}}
			/>
			<details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)} className="filter-fields">
				<summary className="small">Filter by user, trigger, time, answer…</summary>
				<div className="stack">
					<MainFields draft={draft} wrong={wrong} change={change} />
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
				</div>
			</details>
		</form>
	);
}

interface FieldsProps {
	readonly draft: Draft;
	readonly wrong: Readonly<Partial<Record<FilterName, string>>>;
	readonly change: (name: FilterName, value: string) => void;
}

interface FieldSpec {
	readonly name: FilterName;
	readonly label: string;
	readonly placeholder?: string;
	readonly hint?: string;
}

const MAIN: readonly FieldSpec[] = [
	{ name: "user", label: "User" },
	{ name: "trigger", label: "Trigger" },
	{ name: "since", label: "Written since", placeholder: "2h, 7d or 2026-03-01" },
	{ name: "until", label: "Written before", placeholder: "30m or 2026-03-01" },
];

const MORE: readonly FieldSpec[] = [
	{ name: "http_status", label: "HTTP status", placeholder: "422; 0: no answer" },
	{ name: "error_code", label: "Error code", placeholder: "user_not_found" },
	{ name: "error", label: "Error like", placeholder: "No user * exists" },
	{ name: "text", label: "Text in the payload" },
	{ name: "idempotency_key", label: "Idempotency key" },
	{
		name: "metadata",
		label: "Metadata",
		placeholder: 'order_id=4711 shop="Berlin"',
		hint: 'Or a JSON object. A number in quotes is text: order_id="4711".',
	},
	{ name: "source", label: "Captured by watch" },
	{ name: "run", label: "Changed by bulk run", placeholder: "its number" },
];

function MainFields(props: FieldsProps) {
	return (
		<div className="fields">
			<Fields of={MAIN} {...props} />
		</div>
	);
}

function MoreFields(props: FieldsProps) {
	const isUsed = MORE.some(({ name }) => props.draft[name] !== "");
	return (
		<details open={isUsed}>
			<summary className="small">By answer, payload, key, metadata, watch or bulk run</summary>
			<div className="fields wide">
				<Fields of={MORE} {...props} />
			</div>
		</details>
	);
}

function Fields({ of, draft, wrong, change }: FieldsProps & { readonly of: readonly FieldSpec[] }) {
	return of.map(({ name, ...attributes }) => (
		<Input
			key={name}
			{...attributes}
			value={draft[name]}
			wrong={wrong[name]}
			onChange={(event) => change(name, event.target.value)}
		/>
	));
}
