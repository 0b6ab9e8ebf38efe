import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import type { ReplayResult, Watch } from "../../../../api/schema/watches.ts";
import { dismissErrors, replayErrors } from "../../api/calls.ts";
import { ActionButton } from "../../components/action-button.tsx";
import { announce } from "../../components/announcer.tsx";
import { DecisionDialog } from "../../components/decision-dialog.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { pathWith } from "../../components/location.ts";
import { plural } from "../../components/numbers.ts";
import { Failure, Note } from "../../components/states.tsx";
import { Text } from "../../components/text.tsx";
import { useWhyNot } from "../../session/session.tsx";

type Open = "replay" | "dismiss";

export function WatchActions({ watch }: { readonly watch: Watch }) {
	const [open, setOpen] = useState<Open | null>(null);
	const mayNot = useWhyNot();
	const whyNot = mayNot ?? (watch.unresolved_errors === 0 ? "It has missed nothing." : null);
	const close = () => setOpen(null);
	return (
		<div className="row tight">
			<ActionButton look="small" icon="play" whyNot={whyNot} onClick={() => setOpen("replay")}>
				Replay…
			</ActionButton>
			<ActionButton look="small" whyNot={whyNot} onClick={() => setOpen("dismiss")}>
				Dismiss…
			</ActionButton>
			<Link href={pathWith("/watches/backfills", { watch: watch.name })} className="button small">
				Backfill…
			</Link>
			{open === "replay" ? <ReplayDialog watch={watch} close={close} /> : null}
			{open === "dismiss" ? <DismissDialog watch={watch} close={close} /> : null}
		</div>
	);
}

interface WatchDialogProps {
	readonly watch: Watch;
	readonly close: () => void;
}

function useRefresh(): () => Promise<void> {
	const queries = useQueryClient();
	return async () => {
		const keys = ["watches", "watch-errors", "overview", "events"];
		await Promise.all(keys.map((key) => queries.invalidateQueries({ queryKey: [key] })));
	};
}

function ReplayDialog({ watch, close }: WatchDialogProps) {
	const [isBusy, setBusy] = useState(false);
	const [result, setResult] = useState<ReplayResult | null>(null);
	const [error, setError] = useState<unknown>(null);
	const refresh = useRefresh();
	const replay = async () => {
		setBusy(true);
		try {
			const answer = await replayErrors(watch.name);
			announce(`${plural(answer.replayed, "change")} replayed, ${answer.failed} failed`);
			setResult(answer);
			await refresh();
		} catch (failure) {
			setError(failure);
		}
		setBusy(false);
	};
	return (
		<Dialog title="Replay what the rule missed" onClose={close}>
			<p>
				The rule <Text value={watch.name} cap={80} mono /> is tried again on{" "}
				{plural(watch.unresolved_errors, "kept row")}, each once. What works becomes an event and is sent; what still
				fails stays here. Mend the rule or the table first.
			</p>
			{result === null ? null : <Replayed result={result} />}
			{error === null ? null : <Failure error={error} />}
			<div className="buttons">
				<button type="button" className="button" onClick={close}>
					{result === null ? "Back" : "Close"}
				</button>
				{result === null ? (
					<button type="button" className="button primary" disabled={isBusy} onClick={replay}>
						{isBusy ? "Replaying…" : "Replay"}
					</button>
				) : null}
			</div>
		</Dialog>
	);
}

function Replayed({ result }: { readonly result: ReplayResult }) {
	const failed = result.results.filter(({ done }) => !done).slice(0, 20);
	return (
		<Note tone={result.failed === 0 ? "good" : "warn"} icon={result.failed === 0 ? "check" : "alert"}>
			<p>
				{plural(result.replayed, "change")} became events; {plural(result.failed, "change")} failed again.
			</p>
			<ul className="small">
				{failed.map(({ error_no, note }) => (
					<li key={error_no}>
						{error_no}: <Text value={note} cap={200} />
					</li>
				))}
			</ul>
		</Note>
	);
}

function DismissDialog({ watch, close }: WatchDialogProps) {
	const refresh = useRefresh();
	const decide = async (reason: string) => {
		const { dismissed } = await dismissErrors(watch.name, { reason });
		announce(`${plural(dismissed, "change")} dismissed`);
		await refresh();
	};
	return (
		<DecisionDialog
			title="Dismiss what the rule missed"
			confirm={`Dismiss ${plural(watch.unresolved_errors, "change")}`}
			look="danger"
			risk={{
				words: "These changes will never become events: their users get nothing for them.",
				tick: "They need no event",
			}}
			decide={decide}
			close={close}
		>
			<p>
				All {plural(watch.unresolved_errors, "missed change")} of <Text value={watch.name} cap={80} mono /> are marked
				as needing nothing further.
			</p>
		</DecisionDialog>
	);
}
