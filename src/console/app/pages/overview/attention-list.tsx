import { Link } from "wouter";
import type { Attention, Overview } from "../../../../api/schema/overview.ts";
import { Badge } from "../../components/badge.tsx";
import { Copy } from "../../components/copy.tsx";
import { Prose } from "../../components/prose.tsx";
import { Note } from "../../components/states.tsx";
import { Since, Time } from "../../components/time.tsx";
import { placeOf } from "./attention-place.ts";

/** The first command of a remedy: what somebody would type. Null: there is none. */
function commandOf({ remedy }: Attention): string | null {
	const command = /\breward-outbox(?: [^\s;,.:][^\s;,]*)+/.exec(remedy)?.[0];
	return command === undefined ? null : withoutFullStop(command);
}

function withoutFullStop(sentence: string): string {
	let end = sentence.length;
	while (end > 0 && ".:… ".includes(sentence.charAt(end - 1))) end--;
	return sentence.slice(0, end);
}

const SEVERITIES = [
	["critical", "Critical", "bad"],
	["warning", "Warning", "warn"],
] as const;

/** Is it healthy, since when, and what needs a person: a line each, the worst first. */
export function AttentionList({ overview }: { readonly overview: Overview }) {
	const { attention } = overview;
	if (attention.length === 0) return <Healthy overview={overview} />;
	return (
		<section className="panel attention" aria-label="What needs you">
			{SEVERITIES.map(([severity, name, tone]) => {
				const items = attention.filter((item) => item.severity === severity);
				if (items.length === 0) return null;
				return (
					<div key={severity} className={`severity tone-${tone}`}>
						<h2>
							{name} <span className="num">{items.length}</span>
						</h2>
						<ul>
							{items.map((item) => (
								<li key={`${item.code} ${item.subject ?? ""}`}>
									<AttentionLine item={item} />
								</li>
							))}
						</ul>
					</div>
				);
			})}
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

function AttentionLine({ item }: { readonly item: Attention }) {
	const place = placeOf(item);
	const command = commandOf(item);
	return (
		<div className="attention-line" title={item.remedy}>
			<span className="attention-title">
				<Prose text={item.title} cap={400} />
			</span>
			{item.since === null ? null : (
				<span className="muted small nowrap">
					<Time at={item.since} />
				</span>
			)}
			<span className="row tight nowrap">
				{place === null ? null : (
					<Link href={place[0]} className="button small">
						{place[1]}
					</Link>
				)}
				{command === null ? null : <Copy text={command} what="command" />}
				{place === null && command === null ? (
					<Badge tone="neutral" icon="question" title={item.remedy}>
						see the remedy
					</Badge>
				) : null}
			</span>
		</div>
	);
}
