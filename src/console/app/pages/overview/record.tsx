import type { Overview } from "../../../../api/schema/overview.ts";
import { Time } from "../../components/time.tsx";

/** How the record is kept from being changed quietly. What was found wrong stands among what needs a person. */
export function RecordLine({ record }: { readonly record: Overview["record"] }) {
	const { chained, anchored_at, verified_at } = record;
	return (
		<p className="muted small">
			{chained ? "The record is chained" : "The record is in no chain: changes of it are not found"};{" "}
			{anchored_at === null ? (
				"never told outside"
			) : (
				<>
					told outside <Time at={anchored_at} />
				</>
			)}
			;{" "}
			{verified_at === null ? (
				"verified by nobody yet"
			) : (
				<>
					verified <Time at={verified_at} />
				</>
			)}
			.
		</p>
	);
}
