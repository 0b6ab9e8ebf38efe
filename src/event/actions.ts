import type { Status } from "./event.ts";
import type { Facts } from "./facts.ts";

/** What bears on whether a decision about an event is possible: the same rules as the database's own functions. */
export interface Decidable {
	readonly status: Status;
	/** New, with an ordering key, and not read by a relay yet. */
	readonly inItsOrder: boolean;
}

/** Something a person can decide about an event. */
export interface Action {
	readonly allowed: boolean;
	/** Reward may apply the event a second time by it. */
	readonly may_duplicate: boolean;
	/** Null: it is allowed. */
	readonly why_not: string | null;
}

export interface Actions {
	readonly retry: Action;
	readonly cancel: Action;
	readonly resolve: Action;
}

/** Why an event is not sent again; null: it is. */
export function whyNotRetried({ status, inItsOrder }: Decidable, allowDuplicates: boolean): string | null {
	switch (status) {
		case "sending":
			return "it is being sent right now";
		case "delivered":
			return allowDuplicates ? null : "already delivered: sending it again may reward the user twice";
		case "uncertain":
			return allowDuplicates ? null : "it may have been delivered: resolve it, or allow duplicates";
		case "pending":
			return inItsOrder ? "it is new and goes in its order by itself" : null;
		case "dead":
		case "cancelled":
			return null;
		default:
			return status satisfies never;
	}
}

/** Why an event is not cancelled; null: it is. */
export function whyNotCancelled({ status }: Decidable): string | null {
	switch (status) {
		case "sending":
			return "it is being sent right now";
		case "delivered":
			return "already delivered";
		case "cancelled":
			return "already cancelled";
		case "pending":
		case "dead":
		case "uncertain":
			return null;
		default:
			return status satisfies never;
	}
}

/** What a person can decide about an event as it stands now. */
export function possibleActions({ event, attempts }: Facts): Actions {
	const decidable = { status: event.status, inItsOrder: event.unread && event.ordering_key !== null };
	const mayBeApplied = attempts.some(({ outcome }) => outcome === "accepted" || outcome === "ambiguous");
	const isOpen = event.status === "delivered" || event.status === "uncertain";
	return {
		retry: action(whyNotRetried(decidable, true), mayBeApplied || isOpen),
		cancel: action(whyNotCancelled(decidable), false),
		resolve: action(whyNotResolved(event.status), false),
	};
}

function whyNotResolved(status: Status): string | null {
	if (status === "uncertain" || status === "dead") return null;
	return `only uncertain events are resolved (and dead ones, as delivered); this one is ${status}`;
}

function action(whyNot: string | null, mayDuplicate: boolean): Action {
	return { allowed: whyNot === null, may_duplicate: whyNot === null && mayDuplicate, why_not: whyNot };
}
