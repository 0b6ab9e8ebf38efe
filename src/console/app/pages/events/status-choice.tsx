import { useQuery } from "@tanstack/react-query";
import { STATUSES, type Status } from "../../../../event/event.ts";
import { overviewQuery } from "../../api/queries.ts";
import { STATUS_LOOKS } from "../../components/badge.tsx";
import { Icon } from "../../components/icon.tsx";
import { short } from "../../components/numbers.ts";

interface StatusChoiceProps {
	readonly chosen: readonly Status[];
	readonly onChange: (chosen: readonly Status[]) => void;
}

/** Any of the statuses, with how many events of the whole outbox are in each. */
export function StatusChoice({ chosen, onChange }: StatusChoiceProps) {
	const { data } = useQuery(overviewQuery());
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
						<Count count={data?.events[status]} />
					</label>
				))}
			</div>
		</fieldset>
	);
}

function Count({ count }: { readonly count: number | null | undefined }) {
	if (count === null || count === undefined) return null;
	return <span className="num chip-count">{short(count)}</span>;
}
