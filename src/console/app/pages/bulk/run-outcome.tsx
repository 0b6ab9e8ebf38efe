import { useQuery as useData } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import type { BulkRun } from "../../../../api/schema/bulk.ts";
import { STATUSES } from "../../../../event/event.ts";
import { failureInWords } from "../../api/failure.ts";
import { runOutcomeQuery } from "../../api/queries.ts";
import { every } from "../../api/repeat.ts";
import { STATUS_LOOKS } from "../../components/badge.tsx";
import { Icon } from "../../components/icon.tsx";
import { pathWith } from "../../components/location.ts";
import { integer } from "../../components/numbers.ts";

/** Retried is not delivered: it takes a while until the events of a run have ended. */
const EVERY_MS = 5000;
const SLOWLY_MS = 60_000;
const SETTLING_MS = 15 * 60_000;

function hasJustEnded({ ended_at }: BulkRun): boolean {
	return ended_at === null || Date.now() - Date.parse(ended_at) < SETTLING_MS;
}

interface RunOutcomeProps {
	readonly run: BulkRun;
	/** Whether it is read at once; otherwise when somebody asks. */
	readonly isShown: boolean;
}

/** Where the events of a run stand now, each status a way to them. */
export function RunOutcome({ run, isShown }: RunOutcomeProps) {
	const [isAsked, setAsked] = useState(isShown);
	const { data, error } = useData({
		...runOutcomeQuery(run.id),
		enabled: isAsked && run.done > 0,
		refetchInterval: every(hasJustEnded(run) ? EVERY_MS : SLOWLY_MS),
	});
	if (run.done === 0) return <span className="muted">–</span>;
	if (!isAsked) {
		return (
			<button type="button" className="link-button small" onClick={() => setAsked(true)}>
				what became of them
			</button>
		);
	}
	if (data === undefined) {
		return <span className="muted small">{error === null ? "counting…" : failureInWords(error).message}</span>;
	}
	return (
		<span className="row tight">
			{STATUSES.filter((status) => (data.by_status[status] ?? 0) > 0).map((status) => (
				<Link
					key={status}
					href={pathWith("/events", { run: run.id, status })}
					className={`badge tone-${STATUS_LOOKS[status].tone}`}
				>
					<Icon name={STATUS_LOOKS[status].icon} />
					{data.at_least ? "at least " : ""}
					{integer(data.by_status[status] ?? 0)} {status}
				</Link>
			))}
		</span>
	);
}
