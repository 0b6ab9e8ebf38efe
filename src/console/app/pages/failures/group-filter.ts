import type { FailureGroup } from "../../../../api/schema/failures.ts";
import type { EventFilter } from "../events/filter.ts";

/** The search that finds the events of a group, and no others. */
export function filterOfGroup({ status, trigger_id, http_status, error_code, error }: FailureGroup): EventFilter {
	return {
		status,
		trigger: trigger_id,
		http_status: String(http_status ?? 0),
		error_code: error_code ?? "-",
		error: error ?? "-",
	};
}
