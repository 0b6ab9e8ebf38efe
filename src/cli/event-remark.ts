import type { EventRow } from "../event/columns.ts";
import { formatRelativeTime } from "./output.ts";

/** The one thing worth knowing about an event in a list: when it goes, when it went, or why it did not. */
export function eventRemark(event: EventRow, now: Date): string {
	const { status, next_attempt_at: next, delivered_at: delivered, last_error: error } = event;
	switch (status) {
		case "pending":
			return [next !== null && next > now ? `next ${formatRelativeTime(next, now)}` : "due", error]
				.filter(Boolean)
				.join(", ");
		case "delivered":
			return delivered === null ? "" : `delivered ${formatRelativeTime(delivered, now)}`;
		case "sending":
			return "";
		case "dead":
		case "uncertain":
		case "cancelled":
			return error ?? "";
		default:
			return status satisfies never;
	}
}
