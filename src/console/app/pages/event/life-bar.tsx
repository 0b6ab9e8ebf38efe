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
				<strong>{totalInWords(detail.event, total)}</strong>: {milliseconds(total - sending)} waiting,{" "}
				{milliseconds(sending)} in {plural(detail.attempts.length, "attempt")}. {longestInWords(stretches)}
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

function totalInWords({ status, deliver_after }: EventDetail["event"], ms: number): string {
	const since = deliver_after === null ? "written" : "due";
	if (status === "delivered") return `Delivered ${milliseconds(ms)} after it was ${since}`;
	return status === "pending" || status === "sending" ? `${milliseconds(ms)} so far` : `${milliseconds(ms)} in all`;
}

/** Where to look first, of several. */
function longestInWords(stretches: readonly Stretch[]): string {
	if (stretches.filter(({ ms }) => ms > 0).length < 3) return "";
	const { kind, attempt, ms } = stretches.reduce((longest, one) => (one.ms > longest.ms ? one : longest));
	const what = kind === "waiting" ? `waiting for attempt ${attempt}` : `attempt ${attempt}`;
	return `The longest of it: ${what}, ${milliseconds(ms)}.`;
}
