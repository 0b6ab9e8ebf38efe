import type { RefusalCode } from "../event/refusal.ts";

/** What somebody wanted to do about an event. */
type Deed = "retry" | "cancel" | "resolve" | "write";

/**
 * Why it was not done, or is not possible.
 * @param was the event's status; null: there is no such event
 */
export function refusalInWords(code: RefusalCode, deed: Deed, was: string | null): string {
	switch (code) {
		case "no_such_event":
			return "no such event";
		case "being_sent":
			return "it is being sent right now";
		case "already_delivered":
			return deed === "retry" ? "already delivered: sending it again may reward the user twice" : "already delivered";
		case "already_cancelled":
			return "already cancelled";
		case "may_be_delivered":
			return "it may have been delivered: resolve it, or allow duplicates";
		case "is_duplicate":
			return "another event with its idempotency key takes its place: sending it as well may reward the user twice";
		case "goes_in_its_order":
			return "it is new and goes in its order by itself";
		case "not_uncertain":
			return `only uncertain events are resolved (and dead ones, as delivered); this one is ${was}`;
		case "changed_meanwhile":
			return `it has become ${was} meanwhile`;
		case "still_to_be_sent":
			return "it is still to be sent: cancel it first, or allow duplicates";
		case "may_be_applied":
			return "it may have been delivered: sending it again may reward the user twice";
		default:
			return code satisfies never;
	}
}

interface Decided {
	readonly was: string | null;
	readonly refused: RefusalCode | null;
}

/** The same, with the refusal in words beside its code. */
export function withNote<Result extends Decided>(
	result: Result,
	deed: Deed,
): Result & { readonly note: string | null } {
	const { refused, was } = result;
	return { ...result, note: refused === null ? null : refusalInWords(refused, deed, was) };
}
