import type { BulkAction } from "./bulk-runs.ts";
import type { Database } from "./database.ts";
import { cancelEvents, type Decider, type DecisionResult, retryEvents } from "./decide-events.ts";
import { type SelectedEvent, statusesOf } from "./inspect/bulk-selection.ts";

/**
 * Decides about events that were selected some time ago. Whatever has come to stand otherwise since then stays as it
 * is: what a run found dead may be delivered by now, and allowing duplicates was not meant for that.
 */
export async function decideBatch(
	db: Database,
	order: { readonly action: BulkAction; readonly allowDuplicates: boolean },
	batch: readonly SelectedEvent[],
	decider: Decider,
): Promise<DecisionResult[]> {
	const ids = batch.map(({ id }) => id);
	const statuses = await statusesOf(db, ids);
	const changed = batch.filter(({ id, status }) => statuses.get(id) !== status);
	const left = changed.map(({ id }): DecisionResult => {
		const was = statuses.get(id) ?? null;
		return { event_id: id, done: false, was, refused: was === null ? "no_such_event" : "changed_meanwhile" };
	});
	if (changed.length === batch.length) return left;
	const gone = new Set(changed.map(({ id }) => id));
	const standing = ids.filter((id) => !gone.has(id));
	const decided =
		order.action === "retry"
			? await retryEvents(db, standing, order.allowDuplicates, decider)
			: await cancelEvents(db, standing, decider);
	return [...left, ...decided];
}
