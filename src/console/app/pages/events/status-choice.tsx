import { STATUSES, type Status } from "../../../../event/event.ts";
import { STATUS_LOOKS } from "../../components/badge.tsx";
import { Icon } from "../../components/icon.tsx";
import { short } from "../../components/numbers.ts";
import type { EventFilter } from "./filter.ts";
import { type Count, useMatchCounts } from "./match-counts.ts";

interface StatusChoiceProps {
	/** What is searched for now. */
	readonly filter: EventFilter;
	readonly chosen: readonly Status[];
	readonly onChange: (chosen: readonly Status[]) => void;
}

/** Any of the statuses, with how many events that match otherwise are in each. */
export function StatusChoice({ filter, chosen, onChange }: StatusChoiceProps) {
	const counts = useMatchCounts(filter);
	return (
		<fieldset>
			<legend className="visually-hidden">Status</legend>
			<div className="chips">
				{STATUSES.map((status) => (
					<label key={status} className="chip" title={STATUS_LOOKS[status].meaning}>
						<input
							type="checkbox"
							checked={chosen.includes(status)}
							onChange={(change) =>
								onChange(change.target.checked ? [...chosen, status] : chosen.filter((one) => one !== status))
							}
						/>
						<Icon name={STATUS_LOOKS[status].icon} />
						{status}
						<Counted count={counts?.[status]} />
					</label>
				))}
			</div>
		</fieldset>
	);
}

function Counted({ count }: { readonly count: Count | undefined }) {
	if (count === undefined) return null;
	return (
		<span className="num chip-count">
			{short(count.events)}
			{count.at_least ? "+" : ""}
		</span>
	);
}
