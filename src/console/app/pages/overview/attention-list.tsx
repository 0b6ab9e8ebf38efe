import { Link } from "wouter";
import type { Attention, Overview } from "../../../../api/schema/overview.ts";
import { pathWith } from "../../components/location.ts";
import { plural } from "../../components/numbers.ts";
import { Note } from "../../components/states.tsx";
import { Text } from "../../components/text.tsx";
import { Since, Time } from "../../components/time.tsx";

/** Where a person can do something about it; null: not in the console. */
function placeOf({ code, subject }: Attention): readonly [path: string, text: string] | null {
	switch (code) {
		case "trigger_paused":
			return [pathWith("/triggers", { find: subject ?? undefined }), "Go to the trigger"];
		case "dead_events":
			return [pathWith("/events", { status: "dead" }), "Show dead events"];
		case "uncertain_events":
			return [pathWith("/events", { status: "uncertain" }), "Show uncertain events"];
		case "overdue_events":
			return [pathWith("/events", { status: "pending" }), "Show waiting events"];
		case "expired_claims":
			return [pathWith("/events", { status: "sending" }), "Show events being sent"];
		case "broken_watch":
		case "watch_errors":
			return [pathWith("/watches", { watch: subject ?? undefined }), "Go to the watches"];
		default:
			return null;
	}
}

/** Is it healthy, since when, and what needs a person. */
export function AttentionList({ overview }: { readonly overview: Overview }) {
	const { attention } = overview;
	if (attention.length === 0) return <Healthy overview={overview} />;
	return (
		<section className="stack" aria-label="What needs you">
			<h2>{plural(attention.length, "thing needs", "things need")} you</h2>
			<ul className="stack tight">
				{attention.map((item) => (
					<li key={`${item.code} ${item.subject ?? ""}`}>
						<AttentionNote item={item} />
					</li>
				))}
			</ul>
		</section>
	);
}

function Healthy({ overview }: { readonly overview: Overview }) {
	const oldest = overview.relays.map(({ started_at }) => started_at).sort()[0];
	return (
		<Note tone="good" icon="check">
			<p>
				<strong>Healthy.</strong> Nothing needs you.
				{oldest === undefined ? null : (
					<>
						{" "}
						Delivering for <Since at={oldest} />.
					</>
				)}
			</p>
		</Note>
	);
}

function AttentionNote({ item }: { readonly item: Attention }) {
	const place = placeOf(item);
	return (
		<Note tone={item.severity === "critical" ? "bad" : "warn"}>
			<p>
				<strong>
					{item.severity === "critical" ? "Critical: " : "Warning: "}
					<Text value={item.title} />
				</strong>{" "}
				{item.since === null ? null : (
					<span className="muted small">
						since <Time at={item.since} />
					</span>
				)}
			</p>
			<p className="small">
				{place === null ? null : (
					<>
						<Link href={place[0]}>{place[1]}</Link>
						<span className="muted"> · </span>
					</>
				)}
				<Text value={item.remedy} cap={600} />
			</p>
		</Note>
	);
}
