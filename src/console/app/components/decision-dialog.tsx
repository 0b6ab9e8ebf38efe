import { type FormEvent, type ReactNode, useState } from "react";
import { Dialog } from "./dialog.tsx";
import { Check, Textarea } from "./field.tsx";
import { Failure, Note } from "./states.tsx";

export interface DecisionDialogProps {
	readonly title: string;
	/** What will happen. */
	readonly children: ReactNode;
	/** What has to be ticked because it may do harm, and the words that say which; null: nothing. */
	readonly risk?: { readonly words: string; readonly tick: string } | null;
	readonly confirm: string;
	readonly look?: "primary" | "danger";
	/** A reason may be left out. */
	readonly isReasonOptional?: boolean;
	/** What else has to be said first, as it is asked for: "What you found". */
	readonly missing?: string | null;
	/** Does it. What it throws is shown, and the dialog stays. */
	readonly decide: (reason: string) => Promise<void>;
	readonly close: () => void;
}

/** Asks before something is done: what it does, why it is done, and an explicit yes to what may do harm. */
export function DecisionDialog(props: DecisionDialogProps) {
	const { title, children, risk = null, confirm, look = "primary", isReasonOptional = false, decide, close } = props;
	const [reason, setReason] = useState("");
	const [isTicked, setTicked] = useState(false);
	const [isBusy, setBusy] = useState(false);
	const [error, setError] = useState<unknown>(null);
	const missing = missingInWords([
		props.missing ?? null,
		reason.trim() === "" && !isReasonOptional ? "A reason" : null,
		risk !== null && !isTicked ? "The tick" : null,
	]);
	const submit = async (event: FormEvent) => {
		event.preventDefault();
		if (missing !== null || isBusy) return;
		setBusy(true);
		try {
			await decide(reason.trim());
			close();
		} catch (failure) {
			setError(failure);
			setBusy(false);
		}
	};
	return (
		<Dialog title={title} onClose={close}>
			<form className="stack" onSubmit={submit}>
				<div className="stack tight">{children}</div>
				{risk === null ? null : (
					<Note tone="warn">
						<p>{risk.words}</p>
						<Check checked={isTicked} onChange={setTicked}>
							{risk.tick}
						</Check>
					</Note>
				)}
				<Textarea
					label={isReasonOptional ? "Reason (may be left out)" : "Reason"}
					hint="Kept in the operations log, with your name."
					maxLength={1000}
					value={reason}
					onChange={(change) => setReason(change.target.value)}
				/>
				{error === null ? null : <Failure error={error} />}
				<div className="buttons">
					{missing === null ? null : <span className="small muted grow">{missing}</span>}
					<button type="button" className="button" onClick={close}>
						Back
					</button>
					<button type="submit" className={`button ${look}`} disabled={missing !== null || isBusy}>
						{isBusy ? "Working…" : confirm}
					</button>
				</div>
			</form>
		</Dialog>
	);
}

/** `A reason and the tick are needed.` Null: nothing is missing. */
function missingInWords(parts: readonly (string | null)[]): string | null {
	const [first, ...others] = parts.filter((part) => part !== null);
	if (first === undefined) return null;
	if (others.length === 0) return `${first} is needed.`;
	return `${[first, ...others.map((part) => part.toLowerCase())].join(" and ")} are needed.`;
}

/** A reason as a request has it: what was left out is not sent. */
export function said(reason: string): { readonly reason?: string } {
	return reason === "" ? {} : { reason };
}
