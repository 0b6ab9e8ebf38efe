import { Link } from "wouter";
import type { Overview } from "../../../../api/schema/overview.ts";
import { STATUSES, type Status } from "../../../../event/event.ts";
import { attemptsIn } from "../../../../event/outcome.ts";
import type { KindStake } from "../../../../event/stake.ts";
import { spanInWords } from "../../../../words/span.ts";
import { worthAlone } from "../../../../words/stake.ts";
import { STATUS_LOOKS } from "../../components/badge.tsx";
import { Icon } from "../../components/icon.tsx";
import { pathWith } from "../../components/location.ts";
import { integer, percent } from "../../components/numbers.ts";

/** How many events stand where; each number leads to them. */
export function Depth({ overview }: { readonly overview: Overview }) {
	const age = overview.oldest_due_age_seconds;
	return (
		<section aria-label="Events by status">
			<ul className="tiles">
				{STATUSES.map((status) => (
					<li key={status}>
						<StatusTile status={status} overview={overview} />
					</li>
				))}
				<li>
					<div className="tile">
						<span className="tile-name">Oldest due</span>
						<span className="tile-value num">{age === 0 ? "–" : spanInWords(Math.trunc(age) * 1000)}</span>
						<span className="tile-note">{age === 0 ? "nothing is due" : "overdue"}</span>
						<Worth stake={overview.stake?.overdue} />
					</div>
				</li>
				<li>
					<SuccessTile overview={overview} />
				</li>
			</ul>
		</section>
	);
}

function StatusTile({ status, overview }: { readonly status: Status; readonly overview: Overview }) {
	const { tone, icon, meaning } = STATUS_LOOKS[status];
	const count = overview.events[status];
	const isEstimate = status === "delivered" && overview.events.delivered_is_estimate;
	const isQuiet = count === 0 || tone === "neutral";
	return (
		<Link href={pathWith("/events", { status })} className="tile" title={meaning}>
			<span className="tile-name">
				<span className={`tile-icon ${isQuiet ? "" : `tone-${tone}`}`}>
					<Icon name={icon} />
				</span>
				{status}
			</span>
			<span className="tile-value num">{count === null ? "unknown" : integer(count)}</span>
			{isEstimate && count !== null ? <span className="tile-note">about: an estimate</span> : null}
			<Worth stake={status === "uncertain" || status === "dead" ? overview.stake?.[status] : undefined} />
		</Link>
	);
}

/** What the events are worth, where they have a value. */
function Worth({ stake }: { readonly stake: KindStake | undefined }) {
	const text = stake === undefined ? "" : worthAlone(stake);
	return text === "" ? null : <span className="tile-note num">{text}</span>;
}

function SuccessTile({ overview }: { readonly overview: Overview }) {
	const { last_5_minutes: counts, at_least } = overview.attempts;
	const total = attemptsIn(counts);
	return (
		<div className="tile">
			<span className="tile-name">Accepted</span>
			<span className="tile-value num">{total === 0 ? "–" : percent(counts.accepted / total)}</span>
			<span className="tile-note num">
				{total === 0 ? "no attempts in 5 min" : `of ${at_least ? "at least " : ""}${integer(total)} in 5 min`}
			</span>
		</div>
	);
}
