import { type ActionName, possibleActions } from "../event/actions.ts";
import type { Facts } from "../event/facts.ts";
import { refusalInWords } from "./refusal.ts";

/** An action as it is shown beside an event. */
export interface ActionInWords {
	readonly allowed: boolean;
	/** Reward may apply the event a second time by it. */
	readonly may_duplicate: boolean;
	/** Null: it is allowed. */
	readonly why_not: string | null;
}

/** What a person can decide about an event as it stands now, and why not. */
export function actionsInWords(facts: Facts): Readonly<Record<ActionName, ActionInWords>> {
	const actions = possibleActions(facts);
	const inWords = (name: ActionName): ActionInWords => {
		const { refused, may_duplicate } = actions[name];
		const why_not = refused === null ? null : refusalInWords(refused, name, facts.event.status);
		return { allowed: refused === null, may_duplicate, why_not };
	};
	return { retry: inWords("retry"), cancel: inWords("cancel"), resolve: inWords("resolve") };
}
