import { keepPreviousData, useQuery as useData, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { BulkAction, BulkPreview } from "../../../../api/schema/bulk.ts";

import { previewBulk, startBulk } from "../../api/calls.ts";
import { ActionButton } from "../../components/action-button.tsx";
import { announce } from "../../components/announcer.tsx";
import { DecisionDialog, said } from "../../components/decision-dialog.tsx";
import { Check, Segments } from "../../components/field.tsx";
import { LimitInput, readLimit } from "../../components/limit-input.tsx";
import { useQuery, useSetQuery } from "../../components/location.ts";
import { integer, plural } from "../../components/numbers.ts";
import { Panel } from "../../components/panel.tsx";
import { WhenLoaded } from "../../components/states.tsx";
import { Text } from "../../components/text.tsx";
import { useWhyNot } from "../../session/session.tsx";
import { bulkFilterOf, type EventFilter, filterInWords, filterOfBulk } from "../events/filter.ts";
import { Preview } from "./preview.tsx";

const MOST_EVENTS = 100_000;
const FASTEST = 10_000;
const DEFAULTS = { max: "10000", perSecond: "50" };

interface PlanProps {
	readonly filter: EventFilter;
	/** Another run is under way; there is one at a time. */
	readonly isBusy: boolean;
}

interface Limits {
	readonly max: string;
	readonly perSecond: string;
}

export function Plan({ filter, isBusy }: PlanProps) {
	const query = useQuery();
	const setQuery = useSetQuery();
	const action: BulkAction = query["action"] === "cancel" ? "cancel" : "retry";
	const allowDuplicates = action === "retry" && query["duplicates"] === "1";
	const [limits, setLimits] = useState<Limits>(DEFAULTS);
	const max = readLimit(limits.max, MOST_EVENTS);
	const body = {
		action,
		filter: bulkFilterOf(filter),
		allow_duplicates: allowDuplicates,
		max: max ?? MOST_EVENTS,
	};
	const preview = useData({
		queryKey: ["bulk-preview", filter, action, allowDuplicates, body.max],
		queryFn: ({ signal }) => previewBulk(body, signal),
		placeholderData: keepPreviousData,
		refetchOnWindowFocus: false,
	});
	return (
		<Panel title={`What is to happen to: ${filterInWords(filter)}`}>
			<div className="stack">
				<div className="row">
					<Segments
						label="What to do"
						value={action}
						options={[
							["retry", "Retry"],
							["cancel", "Cancel"],
						]}
						onChange={(chosen) => setQuery({ action: chosen === "retry" ? undefined : chosen, duplicates: undefined })}
					/>
					{action === "cancel" ? null : (
						<Check
							checked={allowDuplicates}
							onChange={(on) => setQuery({ duplicates: on ? "1" : undefined }, { replace: true })}
						>
							Also what is delivered or uncertain: users may be rewarded twice
						</Check>
					)}
				</div>
				<LimitFields limits={limits} change={setLimits} />
				<WhenLoaded query={preview} what="the counts">
					{(data) => (
						<div className={preview.isPlaceholderData ? "stack stale" : "stack"} aria-busy={preview.isPlaceholderData}>
							<Preview preview={data} action={action} />
							<Start
								preview={data}
								request={{ ...body, max }}
								perSecond={readLimit(limits.perSecond, FASTEST)}
								isBusy={isBusy}
								isStale={preview.isPlaceholderData}
							/>
						</div>
					)}
				</WhenLoaded>
			</div>
		</Panel>
	);
}

function LimitFields({ limits, change }: { readonly limits: Limits; readonly change: (limits: Limits) => void }) {
	return (
		<div className="fields narrow">
			<LimitInput
				label="Events at most"
				hint="The oldest first."
				value={limits.max}
				most={MOST_EVENTS}
				onChange={(max) => change({ ...limits, max })}
			/>
			<LimitInput
				label="Per second at most"
				hint="So that Reward is not flooded."
				value={limits.perSecond}
				most={FASTEST}
				onChange={(perSecond) => change({ ...limits, perSecond })}
			/>
		</div>
	);
}

interface StartProps {
	readonly preview: BulkPreview;
	readonly request: {
		readonly action: BulkAction;
		readonly filter: ReturnType<typeof bulkFilterOf>;
		readonly allow_duplicates: boolean;
		readonly max: number | null;
	};
	readonly perSecond: number | null;
	readonly isBusy: boolean;
	readonly isStale: boolean;
}

function Start({ preview, request, perSecond, isBusy, isStale }: StartProps) {
	const [isAsking, setAsking] = useState(false);
	const mayNot = useWhyNot();
	const { action, max } = request;
	const whyNot = mayNot ?? whyNotStart({ preview, isBusy, isStale, isLimited: max !== null && perSecond !== null });
	const events = plural(preview.will_change, "event");
	const deed = action === "retry" ? `Retry ${events}` : `Cancel ${events}`;
	return (
		<div>
			<ActionButton
				icon={action === "retry" ? "send" : "ban"}
				look={action === "retry" ? "primary" : "danger"}
				whyNot={whyNot}
				onClick={() => setAsking(true)}
			>
				{deed}…
			</ActionButton>
			{isAsking && max !== null && perSecond !== null ? (
				<StartDialog
					deed={deed}
					preview={preview}
					request={{ ...request, max, per_second: perSecond }}
					close={() => setAsking(false)}
				/>
			) : null}
		</div>
	);
}

interface Readiness {
	readonly preview: BulkPreview;
	readonly isBusy: boolean;
	readonly isStale: boolean;
	readonly isLimited: boolean;
}

function whyNotStart({ preview, isBusy, isStale, isLimited }: Readiness): string | null {
	if (isBusy) return "Another run is under way: one at a time.";
	if (isStale) return "The events are being counted.";
	if (!isLimited) return "Correct the limits first.";
	return preview.will_change === 0 ? "No event would change." : null;
}

interface StartDialogProps {
	readonly deed: string;
	readonly preview: BulkPreview;
	readonly request: Omit<Parameters<typeof startBulk>[0], "reason">;
	readonly close: () => void;
}

function StartDialog({ deed, preview, request, close }: StartDialogProps) {
	const queries = useQueryClient();
	const decide = async (reason: string) => {
		await startBulk({ ...request, ...said(reason) });
		announce("The run has started");
		await queries.invalidateQueries({ queryKey: ["bulk"] });
	};
	const seconds = Math.ceil(preview.will_change / request.per_second);
	return (
		<DecisionDialog
			title={deed}
			confirm={deed}
			look={request.action === "retry" ? "primary" : "danger"}
			risk={
				preview.may_duplicate === 0
					? null
					: {
							words: `${plural(preview.may_duplicate, "event has", "events have")} been delivered, or may have been: sending again may reward users twice.`,
							tick: "I have checked that, and want them sent again",
						}
			}
			isReasonOptional
			decide={decide}
			close={close}
		>
			<p>
				<Text value={filterInWords(filterOfBulk(request.filter))} />
			</p>
			<p>
				At most {integer(request.per_second)} per second: about {plural(seconds, "second")}. Events that change their
				status meanwhile are looked at anew. The run can be stopped at any time.
			</p>
		</DecisionDialog>
	);
}
