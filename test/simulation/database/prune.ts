import type { PruneStep } from "../../../src/store/prune.ts";
import { deleteState } from "./states.ts";
import type { Event, Tables } from "./tables.ts";
import { statusOf } from "./views.ts";
import { timeOrderedId } from "./writers.ts";

/** prune(): deletes finished events that were written before a moment: one batch, in the order of ids. */
export function prune(tables: Tables, before: number, afterId: string | null, limit: number): PruneStep {
	const endId = timeOrderedId(Math.max(before + 1_000, 0), 0).slice(0, 13);
	const examined = [...tables.events.values()]
		.filter(({ id, createdAt }) => (afterId === null || id > afterId) && id < endId && createdAt < before)
		.sort((a, b) => (a.id < b.id ? -1 : 1))
		.slice(0, limit);
	const finished = examined.filter((event) => event.claims === 0 && isFinished(tables, event));
	for (const event of finished) deleteEvent(tables, event);
	return { examined: examined.length, pruned: finished.length, lastId: examined.at(-1)?.id ?? null };
}

function isFinished(tables: Tables, event: Event): boolean {
	const status = statusOf(tables, event);
	return status === "delivered" || status === "dead" || status === "cancelled";
}

function deleteEvent(tables: Tables, event: Event): void {
	if (event.state !== null) deleteState(tables, event.state);
	tables.events.delete(event.id);
	forget(tables, event);
	const left = (tables.eventsOfEpoch.get(event.epoch) ?? 1) - 1;
	if (left === 0) tables.eventsOfEpoch.delete(event.epoch);
	else tables.eventsOfEpoch.set(event.epoch, left);
	for (const key of [event.idempotencyKey, event.capturedKey]) {
		if (key === null) continue;
		const others = (tables.byKey.get(key) ?? []).filter((other) => other !== event);
		if (others.length === 0) tables.byKey.delete(key);
		else tables.byKey.set(key, others);
	}
}

/** One that was cancelled before it was read. */
function forget(tables: Tables, event: Event): void {
	if (event.isRead) return;
	tables.unread = tables.unread.filter((other) => other !== event);
	if (tables.look !== null) tables.look = tables.look.filter((other) => other !== event);
	if (event.orderingKey !== null) tables.unreadByKey.get(event.orderingKey)?.delete(event);
}
