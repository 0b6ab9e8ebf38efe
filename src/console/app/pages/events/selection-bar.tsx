import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import type { EventRow } from "../../../../api/schema/events.ts";
import { cancelEvent, retryEvent } from "../../api/calls.ts";
import { ApiFailure, failureInWords } from "../../api/failure.ts";
import { ActionButton } from "../../components/action-button.tsx";
import { announce } from "../../components/announcer.tsx";
import { DecisionDialog, said } from "../../components/decision-dialog.tsx";
import { pathWith } from "../../components/location.ts";
import { plural } from "../../components/numbers.ts";
import { Note } from "../../components/states.tsx";
import { Text } from "../../components/text.tsx";
import { useWhyNot } from "../../session/session.tsx";
import { shortId } from "./event-columns.tsx";
import { type EventFilter, filterInWords, isEmpty } from "./filter.ts";
import { type Count, countInWords } from "./match-counts.ts";

interface SelectionBarProps {
	readonly rows: readonly EventRow[];
	readonly clear: () => void;
	/** All rows of the page are ticked and more match this search; null otherwise. */
	readonly all: EventFilter | null;
	/** How many those are; null: not known. */
	readonly matching: Count | null;
}

type Deed = "retry" | "cancel";

interface Outcome {
	readonly deed: Deed;
	readonly done: number;
	readonly refused: readonly { readonly id: string; readonly why: string }[];
}

/** What can be done with the rows that are ticked, and what became of it. */
export function SelectionBar({ rows, clear, all, matching }: SelectionBarProps) {
	const [deed, setDeed] = useState<Deed | null>(null);
	const [outcome, setOutcome] = useState<Outcome | null>(null);
	const whyNot = useWhyNot();
	if (rows.length === 0 && outcome === null) return null;
	return (
		<div className="selection">
			{rows.length === 0 ? null : (
				<div className="row">
					<strong>{plural(rows.length, "event")} selected</strong>
					<ActionButton look="small" icon="send" whyNot={whyNot} onClick={() => setDeed("retry")}>
						Retry…
					</ActionButton>
					<ActionButton look="small" icon="ban" whyNot={whyNot} onClick={() => setDeed("cancel")}>
						Cancel…
					</ActionButton>
					<button type="button" className="button quiet small" onClick={clear}>
						Clear
					</button>
					{all === null || isEmpty(all) || whyNot !== null ? null : (
						<Link className="button small" href={pathWith("/bulk", { ...all })}>
							Select all{matching === null ? "" : ` ${countInWords(matching)}`} that match: {filterInWords(all)}…
						</Link>
					)}
				</div>
			)}
			{outcome === null ? null : <OutcomeNote outcome={outcome} close={() => setOutcome(null)} />}
			{deed === null ? null : (
				<SelectionDialog
					deed={deed}
					rows={rows}
					close={() => setDeed(null)}
					onDone={(result) => {
						setOutcome(result);
						clear();
					}}
				/>
			)}
		</div>
	);
}

/** Reward may have them already. */
function mayDuplicate({ status, last_outcome }: EventRow): boolean {
	return status === "delivered" || status === "uncertain" || last_outcome === "ambiguous";
}

interface SelectionDialogProps {
	readonly deed: Deed;
	readonly rows: readonly EventRow[];
	readonly close: () => void;
	readonly onDone: (outcome: Outcome) => void;
}

function SelectionDialog({ deed, rows, close, onDone }: SelectionDialogProps) {
	const queries = useQueryClient();
	const risky = deed === "retry" ? rows.filter(mayDuplicate).length : 0;
	const decide = async (reason: string) => {
		const outcome = await decideEach(deed, rows, reason, risky > 0);
		announce(`${plural(outcome.done, "event")} done, ${outcome.refused.length} not`);
		onDone(outcome);
		await Promise.all(["events", "overview"].map((key) => queries.invalidateQueries({ queryKey: [key] })));
	};
	const events = plural(rows.length, "event");
	return (
		<DecisionDialog
			title={deed === "retry" ? `Retry ${events}` : `Cancel ${events}`}
			confirm={deed === "retry" ? `Retry ${events}` : `Cancel ${events}`}
			look={deed === "retry" ? "primary" : "danger"}
			risk={
				risky === 0
					? null
					: {
							words: `${plural(risky, "of them has", "of them have")} been delivered, or may have been: sending again may reward the user twice.`,
							tick: "I have checked that, and want them sent again",
						}
			}
			isReasonOptional
			decide={decide}
			close={close}
		>
			<p>
				{deed === "retry"
					? "They go back to pending, are due at once and get a fresh budget of attempts."
					: "They will not be sent (again). What Reward has received already stays there."}
			</p>
		</DecisionDialog>
	);
}

/** One after the other: each is decided, and recorded, on its own. */
async function decideEach(deed: Deed, rows: readonly EventRow[], reason: string, allow: boolean): Promise<Outcome> {
	let done = 0;
	const refused: { id: string; why: string }[] = [];
	for (const { id } of rows) {
		try {
			await (deed === "retry"
				? retryEvent(id, { ...said(reason), allow_duplicates: allow })
				: cancelEvent(id, said(reason)));
			done += 1;
		} catch (error) {
			// Those that were refused have their reasons; when the server is gone, the rest need not be tried.
			if (!(error instanceof ApiFailure) || error.status === null || error.status >= 500) throw error;
			refused.push({ id, why: failureInWords(error).message });
		}
	}
	return { deed, done, refused };
}

function OutcomeNote({ outcome, close }: { readonly outcome: Outcome; readonly close: () => void }) {
	const verb = outcome.deed === "retry" ? "put back to pending" : "cancelled";
	return (
		<Note tone={outcome.refused.length === 0 ? "good" : "warn"} icon={outcome.refused.length === 0 ? "check" : "alert"}>
			<p>
				{plural(outcome.done, "event")} {verb}.
				{outcome.refused.length === 0 ? null : ` ${plural(outcome.refused.length, "event")} left as they were:`}
			</p>
			{outcome.refused.length === 0 ? null : (
				<ul className="small">
					{outcome.refused.map(({ id, why }) => (
						<li key={id}>
							<span className="mono">{shortId(id)}</span>: <Text value={why} />
						</li>
					))}
				</ul>
			)}
			<div className="row">
				<button type="button" className="button small" onClick={close}>
					Close
				</button>
			</div>
		</Note>
	);
}
