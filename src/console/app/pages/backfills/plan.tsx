import { keepPreviousData, useQuery as useData, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { BackfillPreview, BackfillPreviewRequest } from "../../../../api/schema/backfills.ts";
import type { Watch } from "../../../../api/schema/watches.ts";
import { previewBackfill, startBackfill } from "../../api/calls.ts";
import { ActionButton } from "../../components/action-button.tsx";
import { announce } from "../../components/announcer.tsx";
import { DecisionDialog, said } from "../../components/decision-dialog.tsx";
import { LimitInput, readLimit } from "../../components/limit-input.tsx";
import { integer, plural } from "../../components/numbers.ts";
import { Panel } from "../../components/panel.tsx";
import { Note, WhenLoaded } from "../../components/states.tsx";
import { Text } from "../../components/text.tsx";
import { useWhyNot } from "../../session/session.tsx";
import { Preview } from "./preview.tsx";
import { askedInWords } from "./rows.ts";

const FASTEST = 10_000;
const DEFAULT_RATE = "500";

interface PlanProps {
	readonly watch: Watch;
	readonly rows: BackfillPreviewRequest;
	/** One is under way; a console works on one at a time. */
	readonly isBusy: boolean;
}

/** What a backfill would do, and its beginning. */
export function Plan({ watch, rows, isBusy }: PlanProps) {
	const [rate, setRate] = useState(DEFAULT_RATE);
	const preview = useData({
		queryKey: ["backfill-preview", watch.name, rows],
		queryFn: ({ signal }) => previewBackfill(watch.name, rows, signal),
		placeholderData: keepPreviousData,
		refetchOnWindowFocus: false,
	});
	return (
		<Panel title={`What ${watch.name} would make of the rows of ${watch.table}`}>
			<div className={preview.data === undefined ? "to-come" : ""}>
				<WhenLoaded query={preview} what="the counts">
					{(data) => (
						<div className={preview.isPlaceholderData ? "stack stale" : "stack"} aria-busy={preview.isPlaceholderData}>
							<Preview preview={data} />
							<Unfinished preview={data} />
							<div className="fields narrow">
								<LimitInput
									label="Rows a second at most"
									hint="So that neither the database nor Reward is flooded."
									value={rate}
									most={FASTEST}
									onChange={setRate}
								/>
							</div>
							<Start
								watch={watch}
								rows={rows}
								preview={data}
								perSecond={readLimit(rate, FASTEST)}
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

function Unfinished({ preview: { unfinished, goes_on: goesOn } }: { readonly preview: BackfillPreview }) {
	if (unfinished === null) return null;
	return (
		<Note tone="info">
			<p>
				Backfill {unfinished.id} of this rule (<Text value={askedInWords(unfinished.asked)} cap={200} />) is not
				finished:{" "}
				{goesOn ? `it goes on after ${plural(unfinished.rows, "row")}.` : "beginning this one ends it where it is."}
			</p>
		</Note>
	);
}

interface StartProps extends PlanProps {
	readonly preview: BackfillPreview;
	readonly perSecond: number | null;
	readonly isStale: boolean;
}

function Start(props: StartProps) {
	const [isAsking, setAsking] = useState(false);
	const mayNot = useWhyNot();
	const { perSecond } = props;
	return (
		<div>
			<ActionButton icon="play" look="primary" whyNot={mayNot ?? whyNotStart(props)} onClick={() => setAsking(true)}>
				{props.preview.goes_on ? "Go on" : "Begin the backfill"}…
			</ActionButton>
			{isAsking && perSecond !== null ? (
				<StartDialog {...props} perSecond={perSecond} close={() => setAsking(false)} />
			) : null}
		</div>
	);
}

function whyNotStart({ preview, perSecond, isBusy, isStale }: StartProps): string | null {
	if (isBusy) return "Another backfill is under way.";
	if (isStale) return "The rows are being counted.";
	if (perSecond === null) return "Correct the rate first.";
	return preview.is_complete && preview.events === 0 ? "No row would become an event." : null;
}

interface StartDialogProps extends StartProps {
	readonly perSecond: number;
	readonly close: () => void;
}

function StartDialog({ watch, rows, preview, perSecond, close }: StartDialogProps) {
	const queries = useQueryClient();
	const isKeyless = watch.idempotency_key === null;
	const decide = async (reason: string) => {
		const restart = preview.unfinished !== null && !preview.goes_on;
		const how = { per_second: perSecond, allow_duplicates: isKeyless, restart };
		await startBackfill(watch.name, { ...rows, ...how, ...said(reason) });
		announce("The backfill has started");
		await queries.invalidateQueries({ queryKey: ["backfills"] });
	};
	const deed = preview.goes_on ? "Go on" : "Begin";
	return (
		<DecisionDialog
			title={`${deed}: ${askedInWords(preview.asked)}`}
			confirm={deed}
			risk={
				isKeyless
					? {
							words: "The rule has no idempotency key: rows that are events already become events again.",
							tick: "I know that no row has become an event yet",
						}
					: null
			}
			isReasonOptional
			decide={decide}
			close={close}
		>
			<p>
				{preview.total === null ? "The rows" : plural(preview.total, "row")} of{" "}
				<Text value={watch.table} cap={120} mono /> go through the rule <Text value={watch.name} cap={80} mono />, at
				most {integer(perSecond)} a second{takes(preview.total, perSecond)}. It can be stopped at any time, and goes on
				where it was.
			</p>
		</DecisionDialog>
	);
}

function takes(total: number | null, perSecond: number): string {
	if (total === null) return "";
	const minutes = Math.ceil(total / perSecond / 60);
	return `: about ${plural(minutes, "minute")}`;
}
