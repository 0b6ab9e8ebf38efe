import { changeState, unblockedOf } from "./states.ts";
import type { EventState, Tables } from "./tables.ts";

/** release_next(): lets the next event of each key go, if none is under way and none of before is still to be read. */
export function releaseNext(tables: Tables, orderingKeys: Iterable<string | null>): void {
	for (const key of new Set(orderingKeys)) {
		if (key === null || unblockedOf(tables, key) !== undefined) continue;
		const next = firstOf(tables.ordered.get(key) ?? []);
		if (next === undefined || unreadBefore(tables, key, next.event.seq)) continue;
		changeState(tables, next, { blocked: false, changedAt: tables.now });
	}
}

/** unread_before(): whether an event of the key that was inserted earlier is still to be read. */
export function unreadBefore(tables: Tables, orderingKey: string, seq: number): boolean {
	for (const event of tables.unreadByKey.get(orderingKey) ?? [])
		if (event.seq < seq && event.state === null) return true;
	return false;
}

function firstOf(states: Iterable<EventState>): EventState | undefined {
	let first: EventState | undefined;
	for (const state of states) if (first === undefined || state.event.seq < first.event.seq) first = state;
	return first;
}
