import type { FindingCode } from "./findings.ts";
import type { StateRecord } from "./records.ts";

/** What is wrong with a state that does not follow from what is on record of its event, and where. */
export function stateProblem({
	event_id,
	status,
}: StateRecord): readonly [FindingCode, { readonly event_id: string }, string] {
	if (status === null)
		return ["state_removed", { event_id }, `event ${event_id} has no state: what became of it was removed`];
	return ["state_changed", { event_id }, `event ${event_id} is ${status}, and nothing on record made it so`];
}
