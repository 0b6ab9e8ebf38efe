import type { EventDetail } from "../../../../api/schema/event-detail.ts";
import { milliseconds, plural } from "../../components/numbers.ts";
import { lifeOf, type Stretch } from "./life.ts";

/** More would be too thin to see. */
const MOST_SHOWN = 60;

/** Where the time went, at a glance. */
export function LifeBar({ detail }: { readonly detail: EventDetail }) {
	const stretches = lifeOf(detail.event, detail.attempts, Date.parse(detail.now)).slice(0, MOST_SHOWN);
	const sum = (of: readonly Stretch[]) => of.reduce((total, { ms }) => total + ms, 0);
	const total = sum(stretches);
	if (total === 0) return null;
	const sending = sum(stretches.filter(({ kind }) => kind === "sending"));
	return (
		<div className="life">
			<p className="small">
				<strong>{milliseconds(total)}</strong> so far: {milliseconds(total - sending)} waiting, {milliseconds(sending)}{" "}
				in {plural(detail.attempts.length, "attempt")}.
			</p>
			<div className="life-bar" aria-hidden="true">
				{stretches.map(({ kind, attempt, ms }, index) => (
					<span
						// biome-ignore lint/suspicious/noArrayIndexKey: stretches have no other identity
						key={index}
						className={kind}
						style={{ flexGrow: Math.max(ms / total, 0.004) }}
						title={
							kind === "waiting"
								? `waited ${milliseconds(ms)} for attempt ${attempt}`
								: `attempt ${attempt}: ${milliseconds(ms)}`
						}
					/>
				))}
			</div>
		</div>
	);
}
