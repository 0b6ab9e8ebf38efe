import type { Attribution } from "../event/attribution.ts";
import { RecentMap } from "./recent-map.ts";

/** Different users of a trigger that must be refused, with none accepted, before the trigger itself is at fault. */
const DIFFERENT_USERS = 3;
const MOST_TRIGGERS = 10_000;

/**
 * Attributes 404s that do not say whom they are about, by what happened to the neighbours: a set of refused users per
 * trigger, emptied whenever Reward accepts one.
 */
export class RefusedUsers {
	readonly #refused = new RecentMap<string, Set<string>>(MOST_TRIGGERS);

	accepted(triggerId: string): void {
		this.#refused.delete(triggerId);
	}

	/** @param acceptedSince whether Reward has accepted a later event of the trigger */
	attribute(triggerId: string, userId: string, acceptedSince: boolean): Attribution {
		if (acceptedSince) return "event";
		const users = this.#refused.get(triggerId) ?? new Set();
		this.#refused.set(triggerId, users);
		if (users.size < DIFFERENT_USERS) users.add(userId);
		return users.size >= DIFFERENT_USERS ? "trigger" : "unknown";
	}
}
