import { type FormEvent, useState } from "react";
import type { Retention, RetentionChange } from "../../../../api/schema/retention.ts";
import { RETAINED_IN_WORDS } from "../../../../words/retention.ts";
import { changeRetention } from "../../api/calls.ts";
import { Dialog } from "../../components/dialog.tsx";
import { Check, Input } from "../../components/field.tsx";
import { Failure, Note } from "../../components/states.tsx";

type Name = keyof Retention;
const NAMES = Object.keys(RETAINED_IN_WORDS) as Name[];
const HOUR_S = 3_600;
const UNITS = [
	[604_800, "w"],
	[86_400, "d"],
	[3_600, "h"],
	[60, "m"],
] as const;

/** As it is typed: `90d`. Empty: for ever. */
function typed(seconds: number | null): string {
	if (seconds === null) return "";
	const [unit, letter] = UNITS.slice(1).find(([of]) => seconds % of === 0) ?? [1, "s"];
	return `${seconds / unit}${letter}`;
}

/** Undefined: it is no span. */
function read(text: string): number | null | undefined {
	if (text.trim() === "") return null;
	const [, count, letter] = /^([0-9]{1,9})([smhdw])$/.exec(text.trim()) ?? [];
	const seconds = Number(count) * (UNITS.find(([, of]) => of === letter)?.[0] ?? 1);
	return seconds >= HOUR_S ? seconds : undefined;
}

interface RetentionDialogProps {
	readonly policy: Retention;
	readonly changed: () => Promise<void>;
	readonly close: () => void;
}

export function RetentionDialog({ policy, changed, close }: RetentionDialogProps) {
	const [draft, setDraft] = useState(
		Object.fromEntries(NAMES.map((name) => [name, typed(policy[name])])) as Record<Name, string>,
	);
	const [isTicked, setTicked] = useState(false);
	const [error, setError] = useState<unknown>(null);
	const spans = NAMES.map((name) => [name, read(draft[name])] as const);
	const isWrong = spans.some(([, seconds]) => seconds === undefined);
	const change = Object.fromEntries(spans.filter(([name, seconds]) => seconds !== policy[name])) as RetentionChange;
	const cannot = isWrong || Object.keys(change).length === 0 || !isTicked;
	const submit = async (event: FormEvent) => {
		event.preventDefault();
		if (cannot) return;
		try {
			await changeRetention(change);
			await changed();
			close();
		} catch (failure) {
			setError(failure);
		}
	};
	return (
		<Dialog title="How long what is kept" onClose={close}>
			<form className="stack" onSubmit={submit}>
				<p>Spans such as 90d or 36h, an hour at least. Empty: for ever.</p>
				{NAMES.map((name) => (
					<Input
						key={name}
						label={name.replace("_", " ")}
						hint={RETAINED_IN_WORDS[name]}
						value={draft[name]}
						wrong={read(draft[name]) === undefined ? "a span such as 90d, an hour at least, or nothing" : null}
						onChange={(event) => setDraft({ ...draft, [name]: event.target.value })}
					/>
				))}
				<Note tone="warn">
					<p>What is older is deleted for good, and cannot be brought back.</p>
					<Check checked={isTicked} onChange={setTicked}>
						I have a backup, or need none
					</Check>
				</Note>
				{error === null ? null : <Failure error={error} />}
				<div className="buttons">
					<button type="button" className="button" onClick={close}>
						Back
					</button>
					<button type="submit" className="button primary" disabled={cannot}>
						Save
					</button>
				</div>
			</form>
		</Dialog>
	);
}
