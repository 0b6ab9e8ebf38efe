import { type FormEvent, useState } from "react";
import { Link } from "wouter";
import { Dialog } from "../../components/dialog.tsx";
import { Input } from "../../components/field.tsx";
import { Icon } from "../../components/icon.tsx";
import { pathWith } from "../../components/location.ts";
import { useStoredJson } from "../../components/stored.ts";
import { Text } from "../../components/text.tsx";
import { type EventFilter, FILTER_NAMES, filterInWords, filterOf, isEmpty } from "./filter.ts";

interface View {
	readonly name: string;
	readonly filter: EventFilter;
}

const MOST_VIEWS = 20;

/** What was stored may be of another version. */
function viewsOf(value: unknown): readonly View[] {
	if (!Array.isArray(value)) return [];
	return value.flatMap((one: { name?: unknown; filter?: unknown } | null) =>
		typeof one?.name === "string" && typeof one.filter === "object" && one.filter !== null
			? [{ name: one.name, filter: filterOf(one.filter as Record<string, string>) }]
			: [],
	);
}

/** Searches that a person keeps, by name. */
export function SavedViews({ filter }: { readonly filter: EventFilter }) {
	const [stored, setStored] = useStoredJson("views");
	const [isNaming, setNaming] = useState(false);
	const views = viewsOf(stored);
	if (views.length === 0 && isEmpty(filter)) return null;
	const same = (view: View) => FILTER_NAMES.every((name) => view.filter[name] === filter[name]);
	const save = (name: string) => {
		setStored([{ name, filter }, ...views.filter((view) => view.name !== name)].slice(0, MOST_VIEWS));
		setNaming(false);
	};
	return (
		<div className="row views">
			{views.map((view) => (
				<span key={view.name} className="view">
					<Link
						href={pathWith("/events", { ...view.filter })}
						className="button small"
						aria-current={same(view) ? "true" : undefined}
						title={filterInWords(view.filter)}
					>
						<Text value={view.name} cap={40} />
					</Link>
					<button
						type="button"
						className="button quiet icon"
						aria-label={`Forget the view ${view.name}`}
						onClick={() => setStored(views.filter(({ name }) => name !== view.name))}
					>
						<Icon name="cross" />
					</button>
				</span>
			))}
			{isEmpty(filter) || views.some(same) ? null : (
				<button type="button" className="button quiet small" onClick={() => setNaming(true)}>
					Save this search…
				</button>
			)}
			{isNaming ? <NameDialog filter={filter} save={save} close={() => setNaming(false)} /> : null}
		</div>
	);
}

interface NameDialogProps {
	readonly filter: EventFilter;
	readonly save: (name: string) => void;
	readonly close: () => void;
}

function NameDialog({ filter, save, close }: NameDialogProps) {
	const [name, setName] = useState("");
	const submit = (event: FormEvent) => {
		event.preventDefault();
		if (name.trim() !== "") save(name.trim());
	};
	return (
		<Dialog title="Save this search" onClose={close}>
			<form className="stack" onSubmit={submit}>
				<p>
					<Text value={filterInWords(filter)} />
				</p>
				<Input label="Name" maxLength={40} value={name} onChange={(change) => setName(change.target.value)} />
				<div className="buttons">
					<button type="button" className="button" onClick={close}>
						Back
					</button>
					<button type="submit" className="button primary" disabled={name.trim() === ""}>
						Save
					</button>
				</div>
			</form>
		</Dialog>
	);
}
