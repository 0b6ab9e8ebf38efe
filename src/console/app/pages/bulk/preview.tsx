import { Link } from "wouter";
import type { BulkAction, BulkPreview } from "../../../../api/schema/bulk.ts";
import type { Status } from "../../../../api/schema/events.ts";
import { StatusBadge } from "../../components/badge.tsx";
import { eventPath } from "../../components/location.ts";
import { integer, plural } from "../../components/numbers.ts";
import { Note } from "../../components/states.tsx";
import { Text } from "../../components/text.tsx";
import { shortId } from "../events/event-columns.tsx";

interface PreviewProps {
	readonly preview: BulkPreview;
	readonly action: BulkAction;
}

/** What a run would do; nothing has changed yet. */
export function Preview({ preview, action }: PreviewProps) {
	const verb = action === "retry" ? "would go back to pending" : "would be cancelled";
	return (
		<div className="stack" role="status">
			<p className="preview-head">
				<strong className="num">{integer(preview.will_change)}</strong> of {preview.at_least ? "at least " : ""}
				<span className="num">{plural(preview.matching, "matching event")}</span> {verb}.
			</p>
			{preview.may_duplicate === 0 ? null : (
				<Note tone="warn">
					<p>
						<strong>{plural(preview.may_duplicate, "event")}</strong> may be applied by Reward a second time.
					</p>
				</Note>
			)}
			<div className="columns">
				<ByStatus byStatus={preview.by_status} />
				<ByTrigger preview={preview} />
				<LeftOut preview={preview} />
				<Sample preview={preview} />
			</div>
		</div>
	);
}

function ByStatus({ byStatus }: { readonly byStatus: BulkPreview["by_status"] }) {
	const entries = Object.entries(byStatus).filter(([, events]) => events > 0);
	return (
		<div>
			<h3>Matching, by status</h3>
			<ul className="counts">
				{entries.map(([status, events]) => (
					<li key={status}>
						<StatusBadge status={status as Status} />
						<span className="num">{integer(events)}</span>
					</li>
				))}
				{entries.length === 0 ? <li className="muted">none</li> : null}
			</ul>
		</div>
	);
}

function ByTrigger({ preview }: { readonly preview: BulkPreview }) {
	if (preview.by_trigger.length === 0) return null;
	return (
		<div>
			<h3>By trigger</h3>
			<ul className="counts">
				{preview.by_trigger.map(({ trigger_id, events }) => (
					<li key={trigger_id}>
						<Text value={trigger_id} cap={60} />
						<span className="num">{integer(events)}</span>
					</li>
				))}
			</ul>
		</div>
	);
}

function LeftOut({ preview }: { readonly preview: BulkPreview }) {
	if (preview.left_out.length === 0) return null;
	return (
		<div>
			<h3>Would stay as they are</h3>
			<ul className="counts">
				{preview.left_out.map(({ reason, events }) => (
					<li key={reason}>
						<Text value={reason} />
						<span className="num">{integer(events)}</span>
					</li>
				))}
			</ul>
		</div>
	);
}

function Sample({ preview }: { readonly preview: BulkPreview }) {
	if (preview.sample.length === 0) return null;
	return (
		<div>
			<h3>Some of them</h3>
			<ul className="counts">
				{preview.sample.map(({ id, user_id, status }) => (
					<li key={id}>
						<span>
							<Link href={eventPath(id)} className="mono" title={id}>
								{shortId(id)}
							</Link>{" "}
							<Text value={user_id} cap={40} />
						</span>
						<StatusBadge status={status} />
					</li>
				))}
			</ul>
		</div>
	);
}
