import type { EventFacts, Facts } from "./facts.ts";
import { mayBeApplied } from "./outcome.ts";
import type { RefusalCode } from "./refusal.ts";

/** Something a person can decide about an event. */
interface Action {
	/** Why it is refused; null: it is allowed. */
	readonly refused: RefusalCode | null;
	/** Reward may apply the event a second time by it. */
	readonly may_duplicate: boolean;
}

export type ActionName = keyof EventFacts["refused"];
export type Actions = Readonly<Record<ActionName, Action>>;

/** What a person can decide about an event as it stands now. */
export function possibleActions({ event, attempts }: Facts): Actions {
	const { status, refused } = event;
	const mayDuplicate = mayBeApplied(attempts) || status === "delivered" || status === "uncertain";
	return {
		retry: { refused: refused.retry, may_duplicate: refused.retry === null && mayDuplicate },
		cancel: { refused: refused.cancel, may_duplicate: false },
		resolve: { refused: refused.resolve, may_duplicate: false },
	};
}
