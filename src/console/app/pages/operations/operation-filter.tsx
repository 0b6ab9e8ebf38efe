import { type FormEvent, useState } from "react";
import { isEventId } from "../../components/event-id.ts";
import { Input } from "../../components/field.tsx";
import { Icon } from "../../components/icon.tsx";
import { useSetQuery } from "../../components/location.ts";
import { readMoment } from "../events/moment.ts";

export const FILTERS = [
	["actor", "Who", "a token's name or a database role"],
	["action", "What", "retry, cancel, resolve, pause…"],
	["trigger", "Trigger", ""],
	["event", "Event", "its id"],
	["since", "Since", "2h, 7d or 2026-03-01"],
	["until", "Before", "30m or 2026-03-01"],
] as const;
export type OperationFilterName = (typeof FILTERS)[number][0];
export type OperationDraft = Readonly<Record<OperationFilterName, string>>;

const NOTHING = Object.fromEntries(FILTERS.map(([name]) => [name, ""])) as OperationDraft;

function problemsOf({ event, since, until }: OperationDraft): Partial<Record<OperationFilterName, string>> {
	const moment = "write 2h, 7d, 2026-03-01 or 2026-03-01 10:00";
	return {
		...(event.trim() === "" || isEventId(event) ? {} : { event: "an event's id is a UUID" }),
		...(readMoment(since) === null ? { since: moment } : {}),
		...(readMoment(until) === null ? { until: moment } : {}),
	};
}

export function OperationFilter({ filter }: { readonly filter: OperationDraft }) {
	const [draft, setDraft] = useState(filter);
	const [hasTried, setTried] = useState(false);
	const setQuery = useSetQuery();
	const problems = problemsOf(draft);
	const submit = (event: FormEvent) => {
		event.preventDefault();
		setTried(true);
		if (Object.keys(problems).length > 0) return;
		const times = { since: readMoment(draft.since) ?? "", until: readMoment(draft.until) ?? "" };
		setQuery({ ...draft, ...times, event: draft.event.trim(), run: undefined, cursor: undefined });
	};
	return (
		<form className="filter" onSubmit={submit} aria-label="Filter the operations log">
			<div className="fields">
				{FILTERS.map(([name, label, placeholder]) => (
					<Input
						key={name}
						label={label}
						placeholder={placeholder}
						value={draft[name]}
						wrong={hasTried ? problems[name] : null}
						onChange={(change) => setDraft({ ...draft, [name]: change.target.value })}
					/>
				))}
			</div>
			<div className="row">
				<button type="submit" className="button primary">
					<Icon name="search" />
					Search
				</button>
				<button
					type="button"
					className="button"
					onClick={() => setQuery({ ...NOTHING, run: undefined, cursor: undefined })}
				>
					Clear
				</button>
			</div>
		</form>
	);
}
