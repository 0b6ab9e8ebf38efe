import type { BlameFor404 } from "../event/decide.ts";

/** Different users of a trigger that must be refused, with none accepted, before the trigger itself is to blame. */
const DIFFERENT_USERS = 3;
const MOST_TRIGGERS = 1_000;

/**
 * Judges 404s that do not say whom they are about, by what happened to the neighbours: a set of refused users per
 * trigger, emptied whenever Reward accepts one.
 */
export class Blame404 {
	readonly #refused = new Map<string, Set<string>>();

	accepted(triggerId: string): void {
		this.#refused.delete(triggerId);
	}

	/** @param acceptedSince whether Reward has accepted a later event of the trigger */
	judge(triggerId: string, userId: string, acceptedSince: boolean): BlameFor404 {
		if (acceptedSince) return "event";
		let users = this.#refused.get(triggerId);
		if (users === undefined) {
			if (this.#refused.size >= MOST_TRIGGERS) this.#refused.clear();
			users = new Set();
			this.#refused.set(triggerId, users);
		}
		if (users.size < DIFFERENT_USERS) users.add(userId);
		return users.size >= DIFFERENT_USERS ? "trigger" : "unknown";
	}
}
