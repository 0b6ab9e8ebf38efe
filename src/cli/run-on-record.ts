import { OutboxError } from "../errors.ts";
import type { Moment } from "../moment.ts";
import type { BulkOrder, BulkProgress } from "../store/bulk-runs.ts";
import type { Database } from "../store/database.ts";
import type { FilterFlags } from "./event-filter.ts";

/** A run over many events that works here. */
export interface RunOnRecord {
	readonly id: string;
	/** Says how far it is. @returns whether it may go on: false when somebody stopped it in the console */
	report(progress: BulkProgress): Promise<boolean>;
}

/**
 * Works as one run on record: a console shows it and can stop it, and the log of decisions has one line for all its
 * events.
 *
 * @param work Resolves to whether everything was dealt with.
 * @throws OutboxError while another run is under way, here or elsewhere
 */
export async function runOnRecord(
	db: Database,
	order: BulkOrder,
	work: (run: RunOnRecord) => Promise<boolean>,
): Promise<void> {
	const { beginBulkRun, endBulkRun, reportBulkRun } = await import("../store/bulk-runs.ts");
	const id = await beginBulkRun(db, order);
	if (id === null) {
		throw new OutboxError("run_under_way", "another run over many events is under way, and only one may be", {
			hint: "operations list shows it; wait for its end, or stop it in the console. One that was killed counts as gone after a minute",
		});
	}
	try {
		const report = async (progress: BulkProgress) => (await reportBulkRun(db, id, progress)) === "running";
		const isComplete = await work({ id, report });
		await endBulkRun(db, id, isComplete ? "done" : "stopped", null);
	} catch (error) {
		// The error that ended it is what has to be told; a run that cannot be ended counts as lost before long.
		await endBulkRun(db, id, "failed", error instanceof Error ? error.message : null).catch(() => {});
		throw error;
	}
}

/** The filter as it goes on record: JSON text, under the names that the API has, numbers as they were typed. */
export function filterOnRecord(flags: FilterFlags): string {
	const { status, trigger, user, idempotencyKey, metadata, source, since, until } = flags;
	const texts = {
		status,
		trigger,
		user,
		idempotency_key: idempotencyKey,
		source,
		since: told(since),
		until: told(until),
	};
	const members = Object.entries(texts).flatMap(([name, value]) =>
		value === undefined ? [] : [`${JSON.stringify(name)}:${JSON.stringify(value)}`],
	);
	if (metadata !== undefined) members.push(`"metadata":${metadata}`);
	return `{${members.join(",")}}`;
}

/** A distance from now is meant from when the run begins, which is on record beside it. */
function told(moment: Moment | undefined): string | undefined {
	if (moment === undefined) return undefined;
	return moment.kind === "absolute" ? moment.iso : `${moment.ms / 1000}s`;
}
